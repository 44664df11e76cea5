"""What a call of a hook can fail with, one named exception each."""

from __future__ import annotations

from collections.abc import Iterable

from engine.problems import Problem, Refused


class Malformed(Refused):
    """A body that is not what the hook or the feedback asks for (400)."""


class NotAuthorised(Exception):
    """A call without a token that may be believed (401); the message quotes nothing of the token."""


class NotLocal(Exception):
    """A call from elsewhere while no client is declared (403)."""


class Lacking(Exception):
    """Data that the service needs and can't have (412), each named."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep what is missing."""
        self.problems = tuple(problems)
        super().__init__(", ".join(each.pointer for each in self.problems))


class FetchFailed(Exception):
    """Something could not be fetched; the message says why and quotes nothing that was sent or received."""
