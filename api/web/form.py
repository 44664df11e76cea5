"""What the form asks: a sheet pasted, uploaded or chosen, a day, a region, a language; every problem of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Request

from api import library
from api.body import files_as_documents
from api.decide import Place
from api.documents import CDA, NATIVE, Document, from_bytes, is_xml
from api.failures import UnknownForm
from api.forms import FORMS
from api.words.labels import LANGUAGES, Say, say_in
from api.words.regions import NATIONAL, REGIONS
from engine.problems import Problem, Refused, in_sheet


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, as it was written, with what is wrong about it."""

    language: str = "fr"
    text: str = ""
    as_of: str = ""
    region: str = ""
    problems: tuple[Problem, ...] = ()
    files: tuple[Document, ...] = ()
    same_patient: bool = False
    form: str = ""

    def place(self) -> Place:
        """Return the day and place to evaluate for; the national rules are those of no region."""
        day = date.fromisoformat(self.as_of) if self.as_of else None
        region = "" if self.region == NATIONAL else self.region or None
        return Place(day, region, same_patient=self.same_patient)

    def documents(self) -> Sequence[Document]:
        """Return the files given, else the one text; raise `Refused` for a text that no form of sheet can be."""
        text = self.text.encode("utf-8", "replace")
        return self.files or [from_bytes(text, CDA if is_xml(text) else NATIVE)]


def language_of(request: Request) -> str:
    """Return the language asked for: the one being switched to, else the one of the page."""
    wanted = request.values.get("switch") or request.values.get("lang") or "fr"
    return wanted if wanted in LANGUAGES else "fr"


def read_form(request: Request) -> Asked:
    """Read the form; nothing raises."""
    language = language_of(request)
    say = say_in(language)
    files, unread = _files(request)
    text, wrong = ("", unread) if files or unread else _sheet(request, say)
    as_of, region = request.form.get("as_of", "").strip(), request.form.get("region", "").strip()
    problems = (*wrong, *_of_day(as_of, say), *_of_region(region, say))
    return Asked(language, text, as_of, region, problems, files, bool(request.form.get("same_patient")), _form(request))


def _form(request: Request) -> str:
    """Return the form in which the answer is wanted instead of the page; empty for the page."""
    wanted = request.form.get("as", "")
    return wanted if wanted in FORMS else ""


def _files(request: Request) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the documents where several files were chosen; one alone is shown as a text to mend."""
    chosen = [file for file in request.files.getlist("file") if file.filename]
    if len(chosen) < 2:
        return (), ()
    try:
        return tuple(files_as_documents(chosen)), ()
    except Refused as refused:
        return (), tuple(refused.problems)
    except UnknownForm as unknown:
        return (), (in_sheet("", "forme", str(unknown)),)


def _sheet(request: Request, say: Say) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of the sheet: the example chosen, else the file, else what was pasted."""
    example, file = request.form.get("example", ""), request.files.get("file")
    if example:
        known = library.examples().get(example)
        return known or "", () if known else (in_sheet("", "exemple", say("refused.example")),)
    if file is not None and file.filename:
        try:
            return _lines(file.read().decode("utf-8-sig")), ()
        except UnicodeDecodeError:
            return "", (in_sheet("", "json-utf8", say("refused.utf8")),)
    text = _lines(request.form.get("sheet", ""))
    if not text.strip():
        return "", (in_sheet("", "vide", say("refused.empty"), say("refused.empty.hint")),)
    return text, ()


def _lines(text: str) -> str:
    """Return the text with the line ends it had before the browser sent it."""
    return text.replace("\r\n", "\n")


def _of_day(text: str, say: Say) -> tuple[Problem, ...]:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            message = say("refused.as_of", value=text[:40])
            return (in_sheet("?as_of", "argument", message, say("refused.as_of.hint")),)
    return ()


def _of_region(code: str, say: Say) -> tuple[Problem, ...]:
    if code in ("", NATIONAL) or code in REGIONS:
        return ()
    return (in_sheet("?region", "argument", say("refused.region", value=code[:40]), say("refused.region.hint")),)
