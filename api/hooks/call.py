"""The body of a call, validated with every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from api.hooks.failures import Malformed
from api.hooks.names import RCP_REVIEW
from api.hooks.services import PREFETCH, HookService
from engine.problems import Problem, in_sheet

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
FHIR_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}", re.ASCII)
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
CENTRE = re.compile(r"[A-Za-z0-9.\-]{1,40}", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST_TEXT = 500
LONGEST_TOKEN = 16_384
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Authorised:
    """A FHIR server and the token to ask it with; the token lives as long as the call and is never shown."""

    base: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What a valid call asks; `prefetch` holds the keys that were sent, `None` where the client has no data."""

    patient: str
    prefetch: Json = field(repr=False)
    server: Authorised | None = None
    as_of: date | None = None
    region: str = ""
    centre: str = ""
    sheet: dict[str, object] | None = field(default=None, repr=False)
    sheet_id: str = ""


def read_call(body: Json, service: HookService) -> Call:
    """Return the call that a body makes; raise `Malformed` with every problem."""
    raw = body.get("context")
    context: Json = raw if isinstance(raw, Mapping) else {}
    problems = [*_of_head(body, service), *_of_context(context, service), *_of_server(body, context)]
    problems += _of_prefetch(body, context)
    if problems:
        raise Malformed(problems)
    server = body.get("fhirServer")
    authorisation = body.get("fhirAuthorization")
    own: Json = context if service.hook == RCP_REVIEW else {}
    return Call(
        patient=context["patientId"],
        prefetch=MappingProxyType(dict(body.get("prefetch") or {})),
        server=Authorised(server.rstrip("/"), authorisation["access_token"]) if server and authorisation else None,
        as_of=date.fromisoformat(own["rcpDate"]) if own.get("rcpDate") else None,
        region=own.get("region") or "",
        centre=own.get("centre") or "",
        sheet=own.get("sheet"),
        sheet_id=own.get("sheetId") or "",
    )


def wrong(pointer: str, message: str, hint: str = "", code: str = "forme") -> Problem:
    """Return a problem of a body."""
    return in_sheet(pointer, code, message, hint)


def required(pointer: str, what: str, hint: str = "") -> Problem:
    """Return the problem of a field that is not there."""
    return in_sheet(pointer, "requis", f"`{pointer.rpartition('/')[2]}` manque : {what}", hint)


def _of_head(body: Json, service: HookService) -> Iterator[Problem]:
    hook, instance = body.get("hook"), body.get("hookInstance")
    if hook is None:
        yield required("/hook", "le nom du hook", f"`{service.hook}`")
    elif hook != service.hook:
        yield wrong("/hook", "ce service répond à un autre hook", f"`{service.hook}`", "hook-autre")
    if instance is None:
        yield required("/hookInstance", "un UUID propre à cet appel")
    elif not isinstance(instance, str) or not UUID.fullmatch(instance):
        yield wrong("/hookInstance", "`hookInstance` est un UUID", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea")
    if body.get("context") is None:
        yield required("/context", "l'objet du contexte")
    elif not isinstance(body["context"], Mapping):
        yield wrong("/context", "`context` est un objet")


def _of_context(context: Json, service: HookService) -> Iterator[Problem]:
    for key, what in (("userId", "qui appelle"), ("patientId", "le patient du dossier")):
        if context.get(key) is None:
            yield required(f"/context/{key}", what)
    texts = ["userId", "encounterId"]
    if service.hook == RCP_REVIEW:
        texts += ["sheetId"]
        yield from _of_review(context)
    for key in texts:
        value = context.get(key)
        if value is not None and (not isinstance(value, str) or not value or len(value) > LONGEST_TEXT):
            yield wrong(f"/context/{key}", f"`{key}` est un texte non vide")
    patient = context.get("patientId")
    if patient is not None and (not isinstance(patient, str) or not FHIR_ID.fullmatch(patient)):
        yield wrong(
            "/context/patientId", "`patientId` est un identifiant FHIR", "lettres, chiffres, `-` et `.`, au plus 64"
        )


def _of_review(context: Json) -> Iterator[Problem]:
    day, region, sheet = context.get("rcpDate"), context.get("region"), context.get("sheet")
    centre = context.get("centre")
    if day is not None and not _is_day(day):
        yield wrong("/context/rcpDate", "`rcpDate` est un jour", "2026-11-20")
    if region is not None and (not isinstance(region, str) or not REGION.fullmatch(region)):
        yield wrong("/context/region", "`region` est un code ISO 3166-2", "FR-GES")
    if centre is not None and (not isinstance(centre, str) or not CENTRE.fullmatch(centre)):
        yield wrong("/context/centre", "`centre` est un numéro FINESS", "540000000")  # kept with the decision
    if sheet is not None and not isinstance(sheet, dict):
        yield wrong("/context/sheet", "`sheet` est une fiche native", '{"schema": "fiche-rcp/1", "tumeurs": […]}')


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _of_server(body: Json, context: Json) -> Iterator[Problem]:
    server, authorisation = body.get("fhirServer"), body.get("fhirAuthorization")
    if server is not None and not is_address(server):
        yield wrong("/fhirServer", "`fhirServer` est l'adresse d'un serveur FHIR", "https://…/fhir")
    if authorisation is None:
        return
    if server is None:
        yield required("/fhirServer", "il est requis avec `fhirAuthorization`")
    if not isinstance(authorisation, Mapping):
        yield wrong("/fhirAuthorization", "`fhirAuthorization` est un objet")
        return
    yield from _of_authorisation(authorisation)
    if isinstance(authorisation.get("patient"), str) and authorisation["patient"] != context.get("patientId"):
        yield wrong("/fhirAuthorization/patient", "le jeton est celui d'un autre patient que le contexte")


def _of_authorisation(authorisation: Json) -> Iterator[Problem]:
    place = "/fhirAuthorization"
    for key in ("access_token", "token_type", "scope", "subject"):
        value = authorisation.get(key)
        if value is None:
            yield required(f"{place}/{key}", "un texte")
        elif not isinstance(value, str) or not value or len(value) > LONGEST_TOKEN or not value.isprintable():
            yield wrong(f"{place}/{key}", f"`{key}` est un texte non vide")
    kind, life = authorisation.get("token_type"), authorisation.get("expires_in")
    if isinstance(kind, str) and kind and kind != "Bearer":
        yield wrong(f"{place}/token_type", "`token_type` est `Bearer`")
    token = authorisation.get("access_token")
    if isinstance(token, str) and (not token.isascii() or " " in token):
        yield wrong(f"{place}/access_token", "un jeton est en ASCII, sans espace")
    if life is None:
        yield required(f"{place}/expires_in", "un nombre de secondes")
    elif isinstance(life, bool) or not isinstance(life, int) or life <= 0:
        yield wrong(f"{place}/expires_in", "`expires_in` est un nombre entier de secondes")


def is_address(value: object) -> bool:
    """Say whether a value is an absolute http(s) address without user, query or fragment."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and port != 0


def _of_prefetch(body: Json, context: Json) -> Iterator[Problem]:
    prefetch = body.get("prefetch")
    if prefetch is None:
        return
    if not isinstance(prefetch, Mapping):
        yield wrong("/prefetch", "`prefetch` est un objet")
        return
    if prefetch and isinstance(context.get("sheet"), dict):
        hint = "envoyez l'un ou l'autre : une seule source des données"
        yield wrong("/prefetch", "le contexte a déjà une fiche native", hint, "deux-sources")
    for key, template in PREFETCH.items():
        value = prefetch.get(key)
        kind = template.partition("?")[0].partition("/")[0]
        if value is not None and _kind(value) not in (kind, "Bundle", "OperationOutcome"):
            yield wrong(f"/prefetch/{key}", f"`{key}` est une ressource {kind}, un `Bundle` ou `null`")


def _kind(value: object) -> object:
    return value.get("resourceType") if isinstance(value, Mapping) else None
