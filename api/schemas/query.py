"""What may stand behind the `?` of an address."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from api.forms import NAMES, SHEET_NAMES

_MESSAGES: dict[str, Any] = {
    "required": "cet argument manque",
    "null": "cet argument est vide",
    "validator_failed": "valeur inadmissible",
    "invalid": "valeur mal formée",
}


def _one_of(*choices: str, default: str, about: str) -> fields.String:
    message = "valeurs admises : {choices}"
    return fields.String(
        load_default=default,
        validate=validate.OneOf(choices, error=message),
        error_messages=_MESSAGES,
        metadata={"description": about},
    )


def _word(about: str, length: int = 100, **metadata: Any) -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=length, error="au plus {max} caractères"),
        error_messages=_MESSAGES,
        metadata={"description": about, **metadata},
    )


def _code(about: str, length: int, **metadata: Any) -> fields.String:
    """Return a code that is kept with a decision, where no free text may be."""
    return fields.String(
        load_default="",
        validate=validate.Regexp(
            rf"^[A-Za-z0-9.-]{{0,{length}}}(?![\s\S])", error=f"au plus {length} lettres, chiffres, tirets"
        ),
        error_messages=_MESSAGES,
        metadata={"description": about, **metadata},
    )


class Strict(Schema):
    """A schema that refuses what it does not know."""

    error_messages = {"unknown": "argument inconnu", "type": "valeur mal formée"}  # noqa: RUF012

    class Meta:
        """Unknown arguments are errors, so that a misspelt one is never silently without effect."""

        unknown = RAISE


class Language(Strict):
    """The language of labels and sentences."""

    lang = _one_of("fr", "en", default="fr", about="language of labels and sentences")


class Conversion(Language):
    """Whose documents they are."""

    same_patient = fields.Boolean(
        load_default=False,
        truthy={"true", "1"},
        falsy={"false", "0"},
        error_messages={"invalid": "`true` ou `false`"},
        metadata={"description": "a person states that documents with other patient identifiers are one patient's"},
    )


class SheetForms(Conversion):
    """Also in which form the sheet is wanted."""

    form = _one_of(
        *SHEET_NAMES, default="native", about="`fhir`: mCODE Bundle; `frcp`: CDA text; what has no place is told"
    )


class Evaluation(Conversion):
    """For when, where and whom a sheet is evaluated, and how the answer is shown."""

    as_of = fields.Date(
        load_default=None,
        error_messages={"invalid": "une date s'écrit AAAA-MM-JJ"},
        metadata={"description": "day the facts are read at; the sheet's RCP date, else today in Europe/Paris"},
    )
    region = _code("ISO 3166-2 region, such as FR-GES; the sheet's own if absent", 20, example="FR-GES")
    centre = _code("FINESS number of the centre", 40)
    snapshot = _word("hash of the published knowledge base to use; the one in service if absent")
    tumour = _word("id of the one tumour to show")
    include = _one_of(
        "", "all", default="", about="`all` adds the rules that do not apply and the trials off the subject"
    )
    explain = _one_of("full", "none", default="full", about="`none` leaves the explanation trees out")


class Forms(Evaluation):
    """Also in which form the answer is wanted, and what the board accepts of it."""

    form = _one_of("", *NAMES, default="", about="form of the answer; what the client accepts if absent, else JSON")
    accept = fields.List(
        fields.String(validate=validate.Length(1, 100, error="de {min} à {max} caractères")),
        load_default=None,
        validate=validate.Length(max=200, error="au plus {max}"),
        metadata={
            "description": "ids of the recommendations and trials that the board accepts (`frcp`, `pps`); repeated"
        },
    )


class Dictionary(Language):
    """In which form the dictionary is wanted."""

    format = _one_of("json", "markdown", default="json", about="`markdown` is a page for people")


class Listing(Language):
    """Which part of a list is wanted."""

    q = _word("only what contains these words")
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 1000, error="entre {min} et {max}"),
        error_messages=_MESSAGES,
        metadata={"description": "how many at most"},
    )
    offset = fields.Integer(
        load_default=0,
        validate=validate.Range(0, error="au moins {min}"),
        error_messages=_MESSAGES,
        metadata={"description": "how many to pass over"},
    )


class Search(Language):
    """What is searched, and in what."""

    q = fields.String(
        required=True,
        validate=validate.Length(1, 300, error="de {min} à {max} caractères"),
        error_messages=_MESSAGES,
        metadata={"description": "words or codes", "example": "abémaciclib"},
    )
    kind = _one_of("", "recommendation", "trial", default="", about="only recommendations, or only trials")
    limit = fields.Integer(
        load_default=20,
        validate=validate.Range(1, 200, error="entre {min} et {max}"),
        error_messages=_MESSAGES,
        metadata={"description": "how many at most"},
    )
