"""Tokens read one after the other: what stands here, what must stand here, and the error that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.lexer import END, TextError, Token, tokens_of
from engine.syntax import At

T = TypeVar("T")

DEEPEST = 50


class Phrases:
    """A text being read, and how far the reading has come."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)
        self.text, self.next, self.depth = text, 0, 0

    def peek(self, ahead: int = 0) -> Token:
        position = self.next + ahead
        return self.tokens[position] if position < len(self.tokens) else END

    def take(self, *phrases: tuple[str, ...]) -> bool:
        """Step over the first of the phrases (words or symbols) that stands here."""
        for phrase in phrases:
            if all((self.peek(n).word or self.peek(n).text) == word for n, word in enumerate(phrase)):
                self.next += len(phrase)
                return True
        return False

    def expect(self, *phrases: tuple[str, ...]) -> None:
        if not self.take(*phrases):
            raise self.error(f"`{' '.join(phrases[0])}` attendu")

    def error(self, message: str, hint: str = "") -> TextError:
        token = self.peek()
        if token is END:
            return TextError(f"{message}, mais le texte s'arrête", max(0, len(self.text) - 1), 1, hint)
        return TextError(f"{message} ici", token.start, token.length, hint)

    def since(self, start: Token) -> At:
        last = self.tokens[self.next - 1]
        return start.start, last.start + last.length - start.start

    def whole(self, read: Callable[[], T]) -> T:
        found = read()
        if self.next < len(self.tokens):
            raise self.error("la condition devait s'arrêter")
        return found

    def deeper(self) -> None:
        """Refuse what no physician could read aloud."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("la condition est trop emboîtée", "nommez une partie par une définition")
