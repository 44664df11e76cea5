"""One use case for HTTP and the command line: evaluate, remember the decision without the patient, replay it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.documents import NATIVE, Document
from api.evaluate import Service
from api.failures import Differs, NotFound, StoreFailed
from api.forms import Told, sheet_as, write
from api.identity import texts_of_all, without_texts
from api.reading import read_documents
from api.render import to_json
from api.schemas.sheet import SheetForm
from api.store import Decision, Store
from engine.names import did_you_mean
from engine.problems import Problem, Refused, in_sheet

if TYPE_CHECKING:
    from engine.search import Search

Answer = dict[str, Any]
MOST_TOLD = 100  # past so many problems, those of the form would add nothing
LISTED = ("questions", "recommendations", "checklist", "trials", "to_ask", "data")


@dataclass(frozen=True, slots=True)
class Place:
    """For when, where and whom: the day the facts are read at, the region, the centre, and whether the caller states
    that documents with other identifiers are one patient's.
    """

    as_of: date | None = None
    region: str | None = None
    centre: str | None = None
    same_patient: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How an answer is shown; no part of the decision."""

    lang: str = "fr"
    include: str = ""
    explain: str = "full"
    tumour: str = ""


@dataclass(slots=True)
class Services:
    """The knowledge base in service, those published before it, and the database that remembers."""

    current: Service
    texts: Mapping[str, str]
    store: Store
    make: Callable[[Mapping[str, str]], Service]
    _published: bool = False
    _index: Search | None = None
    _building: Lock = field(default_factory=Lock)
    _others: dict[str, Service] = field(default_factory=dict)
    _forms: dict[str, SheetForm] = field(default_factory=dict)

    def of(self, snapshot: str = "") -> Service:
        """Return the service of a published snapshot; the one in service if none is named."""
        if snapshot in ("", self.current.snapshot):
            return self.current
        known = self._others.get(snapshot)
        if known is None:
            documents = self.store.documents(snapshot)
            if not documents:
                raise NotFound(f"aucune base publiée n'a l'empreinte `{snapshot[:64]}`", "voir /api/v1/snapshots")
            known = self.make(documents)
            self._others = {snapshot: known}
        return known

    def publish(self) -> bool:
        """Keep the base in service as it is, so that its decisions can be replayed; say whether it was new."""
        new = self.store.publish(self.current.snapshot, self.current.engine, self.texts)
        self._published = True
        return new

    def remember(self, decision: Decision) -> None:
        """Record a decision, after the base it was made with."""
        if not self._published:
            self.publish()
        self.store.record(decision)

    def search(self, words: str, kind: str = "", limit: int = 20) -> Answer:
        """Return the recommendations and trials that words or codes find, the best first."""
        from engine.search import Search

        with self._building:
            if self._index is None:
                self._index = Search(self.current.base)
        found = [asdict(hit) for hit in self._index.find(words, kind, limit)]
        return {"total": len(found), "items": found}

    def form(self, service: Service) -> SheetForm:
        """Return the form of the sheet under a service's dictionary."""
        if service.snapshot not in self._forms:
            self._forms[service.snapshot] = SheetForm(service.base.dictionary)
        return self._forms[service.snapshot]


def today_in_paris() -> date:
    """Return today's date where the tumour boards are."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def evaluate(
    services: Services, documents: Sequence[Document], place: Place, view: View, today: date, snapshot: str = ""
) -> Answer:
    """Return the answer, remembered; if it can't be remembered it says so among the sheet's problems."""
    service = services.of(snapshot)
    answer = _answer(services, service, documents, place, view, today)
    try:
        services.remember(_decision(answer, place, view, documents))
    except StoreFailed as failure:
        hint = "la réponse est complète, mais cette décision ne pourra être ni relue ni rejouée"
        unwritten = in_sheet("", "decision-non-ecrite", f"la décision n'a pas été enregistrée : {failure}", hint)
        answer["sheet"] = {**answer["sheet"], "problems": [*answer["sheet"]["problems"], unwritten.as_json()]}
    return answer


def write_as(
    form: str,
    accepted: Sequence[str] | None,
    services: Services,
    documents: Sequence[Document],
    place: Place,
    view: View,
    today: date,
    snapshot: str = "",
) -> tuple[Answer, bytes]:
    """Return the answer, remembered, and its bytes in another form; what other forms say needs the whole of it."""
    answer = evaluate(services, documents, place, replace(view, explain="full"), today, snapshot)
    base = services.of(snapshot).base
    sheet = read_documents(documents, base, place.same_patient).body
    return answer, write(form, Told(answer, sheet, accepted, base, view.lang))


def convert(services: Services, documents: Sequence[Document], same_patient: bool = False, form: str = "") -> Answer:
    """Return the sheet that documents say, native or in another form, with every loss."""
    service = services.current
    found = _with_form(services, service, documents, lambda: service.convert(documents, same_patient=same_patient))
    sheet, without_place = sheet_as(form, found["sheet"], service.base)
    return {**found, "sheet": sheet, "problems": [*found["problems"], *without_place]}


def what_if(
    services: Services,
    documents: Sequence[Document],
    changes: Sequence[Mapping[str, Any]],
    place: Place,
    view: View,
    today: date,
) -> Answer:
    """Return what changes to a sheet would change; no decision is made."""
    service = services.current
    query = asdict(place) | {"today": today, "lang": view.lang}
    return _with_form(services, service, documents, lambda: service.what_if(documents, changes, **query))


def find(services: Services, identifier: str) -> Answer:
    """Return what is remembered of a decision."""
    found = services.store.decision(identifier)
    if found is None:
        raise NotFound(
            "aucune décision n'a cet identifiant", "une décision est enregistrée quand une fiche est évaluée"
        )
    decision, decided_at = found
    return {
        "id": decision.id,
        "decided_at": decided_at,
        "snapshot": decision.snapshot,
        "engine": decision.engine,
        "as_of": decision.as_of,
        "place": {"region": decision.region, "centre": decision.centre},
        "sheet": {"hash": decision.sheet},
    }


def replay(services: Services, identifier: str, documents: Sequence[Document]) -> Answer:
    """Return the answer made again as it was asked then, the same bytes; raise `Differs` with the first difference."""
    found = services.store.decision(identifier)
    if found is None:
        raise NotFound("aucune décision n'a cet identifiant")
    then = found[0]
    place, view = _asked(then.query)
    answer = _answer(services, services.of(then.snapshot), documents, place, view, date.fromisoformat(then.as_of))
    now = _decision(answer, place, view, documents)
    if now != then:
        raise Differs(identifier, _difference(then, now, answer))
    return answer


def _answer(
    services: Services, service: Service, documents: Sequence[Document], place: Place, view: View, today: date
) -> Answer:
    query = asdict(place) | {"today": today, "lang": view.lang, "include": view.include, "explain": view.explain}
    answer = _with_form(services, service, documents, lambda: service.evaluate(documents, **query))
    return _narrowed(answer, view.tumour) if view.tumour else answer


def _with_form(
    services: Services, service: Service, documents: Sequence[Document], work: Callable[[], Answer]
) -> Answer:
    """Do the work; refuse with what is wrong with the form and with what the work itself refuses, together."""
    try:
        answer = work()
    except Refused as refused:
        told = {problem.pointer for problem in refused.problems}
        more = _form_problems(services, service, documents) if len(told) < MOST_TOLD else []
        raise Refused([*refused.problems, *(problem for problem in more if problem.pointer not in told)]) from None
    problems = _form_problems(services, service, documents)
    if problems:
        raise Refused(problems)
    return answer


def _form_problems(services: Services, service: Service, documents: Sequence[Document]) -> list[Problem]:
    """Return what is wrong with the form of native documents, no identity told."""
    found = []
    texts = texts_of_all((document.content for document in documents), service.base.dictionary)
    for number, document in enumerate(documents):
        if document.media_type == NATIVE:
            problems = without_texts(services.form(service).problems(document.content), texts)
            found += [_inside(number, p) for p in problems] if len(documents) > 1 else problems
    return found


def _inside(number: int, problem: Problem) -> Problem:
    return in_sheet(f"/{number}{problem.pointer}", problem.code, problem.message, problem.hint)


def _narrowed(answer: Answer, tumour: str) -> Answer:
    tumours = [each for each in answer["tumours"] if each["id"] == tumour]
    if not tumours:
        known = [each["id"] for each in answer["tumours"]]
        hint = did_you_mean(tumour, known) or "tumeurs de la fiche : " + ", ".join(known)
        raise Refused([in_sheet("/tumeurs", "tumeur-inconnue", f"la fiche n'a pas de tumeur `{tumour}`", hint)])
    return {**answer, "tumours": tumours}


def _decision(answer: Answer, asked: Place, view: View, documents: Sequence[Document]) -> Decision:
    place = answer.get("place") or {}
    return Decision(
        id=answer["decision_id"],
        snapshot=answer["snapshot"],
        engine=answer["engine"],
        as_of=answer["as_of"],
        region=place.get("region") or None,
        centre=place.get("centre") or None,
        sheet=answer["sheet"]["hash"],
        query=json.dumps([asdict(asked), asdict(view)], default=str),
        answer=hashlib.sha256(to_json(answer)).hexdigest(),
        parts=json.dumps(_digests(answer, documents)),
    )


def _asked(query: str) -> tuple[Place, View]:
    place, view = json.loads(query)
    as_of = place.pop("as_of")
    return Place(date.fromisoformat(as_of) if as_of else None, **place), View(**view)


def _digests(answer: Answer, documents: Sequence[Document]) -> dict[str, str]:
    """Return a digest of each part of the answer, keyed by the sheet: only who has the sheet can compare them."""
    contents = [json.dumps(each.content, sort_keys=True, default=str).encode() + each.body for each in documents]
    key = hashlib.sha256(b"\n".join(contents)).digest()
    return {pointer: hmac.digest(key, to_json(part), "sha256").hex()[:12] for pointer, part in _parts(answer)}


def _parts(answer: Answer) -> Iterator[tuple[str, Any]]:
    for name, part in answer.items():
        if name != "tumours":
            yield f"/{name}", part
    for number, tumour in enumerate(answer["tumours"]):
        for name, part in tumour.items():
            pointer = f"/tumours/{number}/{name}"
            if name in LISTED:
                yield from ((f"{pointer}/{place}", each) for place, each in enumerate(part))
            else:
                yield pointer, part


def _difference(then: Decision, now: Decision, answer: Answer) -> dict[str, object]:
    """Return the first thing that is not as it was: the sheet, the decision's own data, or a part of the answer."""
    difference: dict[str, object] = {"engine": {"then": then.engine, "now": now.engine}, "snapshot": then.snapshot}
    if now.sheet != then.sheet:
        return difference | {"pointer": "/sheet/hash", "then": then.sheet, "now": now.sheet}
    before, after = json.loads(then.parts), json.loads(now.parts)
    parts = dict(_parts(answer))
    for pointer in [*after, *(gone for gone in before if gone not in after)]:
        if pointer not in ("/engine", "/decision_id") and before.get(pointer) != after.get(pointer):
            return difference | {"pointer": pointer, "now": parts.get(pointer)}
    return difference | {"pointer": "/engine", "then": then.engine, "now": now.engine}
