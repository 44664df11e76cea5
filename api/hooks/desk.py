"""The use cases of the hooks: who calls, a call answered by cards, what became of cards."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from api import decide
from api.decide import Place, Services, View
from api.documents import FHIR, NATIVE, Document
from api.failures import StoreFailed
from api.hooks.call import Call, read_call
from api.hooks.card import Card
from api.hooks.cards import cards_of
from api.hooks.claims import Client, read_clients
from api.hooks.failures import Malformed, NotLocal
from api.hooks.feedback import read_feedback, unknown
from api.hooks.fetching import Fetcher, HttpsFetcher
from api.hooks.gathering import Gathered, gather
from api.hooks.keys import Keys
from api.hooks.names import PATIENT_VIEW
from api.hooks.nothing import nothing_described
from api.hooks.services import HookService
from api.hooks.source import Source, why_not
from api.hooks.tokens import verify
from api.hooks.tumour import Asked
from api.settings import Settings
from api.store.hooks import HookMemory
from engine.problems import Problem, Refused, in_sheet

LOCAL = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
WITHOUT_TUMOUR = "fhir-sans-tumeur"
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """The body of a call's answer, and the decision behind it (empty where there was nothing to decide)."""

    body: dict[str, Any]
    decision: str = ""


@dataclass(slots=True)
class Desk:
    """Answers the hooks of one application."""

    services: Services
    chosen: Settings
    clients: Mapping[str, Client]
    fetch: Fetcher
    keys: Keys = field(init=False)
    memory: HookMemory = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the keys of clients and what is remembered."""
        self.keys = Keys(self.fetch)
        self.memory = HookMemory(self.services.store)

    @property
    def base_url(self) -> str:
        """The address of `/api/v1` as clients know it, from the settings alone."""
        return self.chosen.hooks.public_url or f"http://{self.chosen.host}:{self.chosen.port}/api/v1"

    def admit(self, authorisation: str, path: str, now: int, caller: str, forwarded: bool) -> None:
        """Let a call in; raise `NotAuthorised`, or `NotLocal` where no client is declared and the call is from elsewhere."""
        if self.clients:
            verify(authorisation, f"{self.base_url}{path}", now, self.clients, self.keys, self.memory.is_first)
        elif forwarded or caller not in LOCAL:
            raise NotLocal

    def answer(self, service: HookService, body: Json, language: str, today: date) -> Answered:
        """Return the cards of a call.

        Raises `Malformed` (the body), `Lacking` (data needed that can't be had), `Refused` (a sheet or a bundle).
        """
        call = read_call(body, service)
        gathered, document = self._document(call)
        place = Place(call.as_of, call.region or None, call.centre or None)
        try:
            answer = decide.evaluate(self.services, [document], place, View(language, explain="none"), today)
        except Refused as refused:
            if gathered and {each.code for each in refused.problems} == {WITHOUT_TUMOUR}:
                cards = [] if service.hook == PATIENT_VIEW else [nothing_described(language)]
                return self._told(cards, "", service, language)
            raise Refused(_placed(refused.problems, gathered)) from None
        asked = Asked(call.patient, self.base_url, language, gathered.gaps if gathered else {}, call.sheet_id)
        cards = cards_of(answer, asked, self.services.current.base.ontology)
        return self._told(cards, answer["decision_id"], service, language)

    def _document(self, call: Call) -> tuple[Gathered | None, Document]:
        """Return the call's data as a document of the ordinary way: its native sheet, else one bundle."""
        if call.sheet is not None:
            return None, Document(call.sheet, NATIVE)
        gathered = gather(call, *self._source(call))
        return gathered, Document(gathered.bundle, FHIR)

    def _source(self, call: Call) -> tuple[Source | None, str]:
        closed = why_not(call.server, self.chosen.hooks.fhir_servers)
        if closed or call.server is None:
            return None, closed
        until = time.monotonic() + self.chosen.hooks.patience
        return Source(call.server, self.fetch, time.monotonic, until, self.chosen.largest_body), ""

    def _told(self, cards: Sequence[Card], decision: str, service: HookService, language: str) -> Answered:
        """Remember which card spoke of which rules, then tell them."""
        with suppress(StoreFailed):  # the cards are given all the same; the answer says that it could not be remembered
            self.memory.keep(card.sent(decision, service.id) for card in cards)
        return Answered({"cards": [card.told(decision, language) for card in cards]}, decision)

    def take(self, service: HookService, body: Json) -> dict[str, Any]:
        """Remember what became of cards, each once; raise `Malformed` with every problem, nothing remembered."""
        outcomes = read_feedback(body, self.chosen.hooks.keep_comments)
        sent = self.memory.sent(service.id, [each.card for each in outcomes])
        problems = unknown(outcomes, sent)
        if problems:
            raise Malformed(problems)
        new = self.memory.record(outcomes)
        kept = "kept" if self.chosen.hooks.keep_comments else "dropped"
        return {"received": len(outcomes), "new": new, "comments": kept}


def desk(services: Services, chosen: Settings) -> Desk:
    """Return the desk of an installation; raise `Refused` if its settings can't hold together."""
    clients = read_clients(chosen.hooks.clients)
    problems = list(_of_settings(chosen, bool(clients)))
    if problems:
        raise Refused(problems)
    return Desk(services, chosen, clients, HttpsFetcher(chosen.largest_body))


def _of_settings(chosen: Settings, closed: bool) -> list[Problem]:
    found = []
    if closed and not chosen.hooks.public_url:
        hint = "l'adresse de `/api/v1` telle que les clients la connaissent : `aud` lui est comparé"
        found.append(in_sheet("", "reglage", "ONCORULES_CDS_CLIENTS demande ONCORULES_CDS_URL", hint))
    if chosen.hooks.public_url and urlsplit(chosen.hooks.public_url).scheme not in ("http", "https"):
        found.append(in_sheet("", "reglage", "ONCORULES_CDS_URL est une adresse http(s)"))
    for name, values, schemes in (
        ("ORIGINS", chosen.hooks.origins, ("https://", "http://")),
        ("FHIR_SERVERS", chosen.hooks.fhir_servers, ("https://",)),
    ):
        wrong = [each for each in values if not each.startswith(schemes)]
        found += [
            in_sheet("", "reglage", f"ONCORULES_CDS_{name} : `{each}` n'est pas une adresse admise") for each in wrong
        ]
    return found


def _placed(problems: Sequence[Problem], gathered: Gathered | None) -> list[Problem]:
    """Return problems with the place in what was posted or fetched, not in the bundle made of it."""
    return [replace(each, pointer=_place(each.pointer, gathered)) for each in problems]


def _place(pointer: str, gathered: Gathered | None) -> str:
    if gathered is None:
        return f"/context/sheet{pointer}"
    parts = pointer.split("/", 4)
    if len(parts) < 4 or parts[1] != "entry" or not parts[2].isdigit() or int(parts[2]) >= len(gathered.places):
        return pointer
    return "/".join([gathered.places[int(parts[2])], *parts[4:]])
