"""Named exceptions as the body of `application/problem+json` (RFC 9457), for HTTP and for `--json`."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from api.documents import known_media_types
from api.failures import Differs, NotFound, StoreFailed, UnknownForm
from engine.problems import Problem, Refused, in_sheet

NAMED = (Refused, UnknownForm, NotFound, StoreFailed, Differs)

_TITLES = {
    400: "la demande est mal formée",
    404: "rien ne répond à cette adresse",
    405: "cette adresse n'admet pas cette méthode",
    406: "cette forme de réponse n'existe pas",
    409: "la demande contredit ce qui est enregistré",
    413: "le document est trop grand",
    415: "cette forme de document n'est pas lue",
    422: "le document est refusé",
    500: "une erreur est survenue dans le serveur",
    411: "la longueur du document n'est pas déclarée",
    503: "un service dont la réponse dépend ne répond pas",
}

Body = dict[str, Any]


def problem(status: int, detail: str = "", problems: Iterable[Problem] = (), hint: str = "", **more: object) -> Body:
    """Return the body for a status, with its problems in order (the status itself if there are none) and what else is told."""
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    body: Body = {"type": "about:blank", "title": title, "status": status}
    body |= {"detail": detail} if detail else {}
    listed = list(problems) or [in_sheet("", f"http-{status}", detail or title, hint)]
    return body | {"problems": [each.as_json() for each in listed]} | more


def describe(error: Exception) -> Body:
    """Return the body for one of the `NAMED` exceptions."""
    match error:
        case Refused(problems=problems):
            unreadable = all(each.code.startswith(("json", "xml")) for each in problems)
            return problem(400 if unreadable else 422, problems=problems)
        case UnknownForm():
            return problem(415, str(error), hint="formes lues : " + ", ".join(known_media_types()))
        case NotFound(what=what, hint=hint):
            return problem(404, what, hint=hint)
        case Differs(decision=decision, difference=difference):
            return problem(409, str(error), decision=decision, difference=difference)
        case StoreFailed():
            return problem(503, str(error))
    raise error
