"""What a sheet says of the board → sections of a fiche RCP: nature and reason, screening, file and quorum, proposal, status."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from api.exports.cda import frcp_frame, frcp_proposal
from api.exports.cda.elements import LOINC, SNOMED, Coded, element, moment
from api.exports.cda.entries import SIMPLE, Section, meeting, observation, related, status, templates
from api.exports.cda.frcp_pages import Page, term
from api.exports.cda.frcp_treatments import proposed_treatments
from api.exports.cda.treatment_types import WATCH
from engine.domains import YES

REASON = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.3.1", "1.3.6.1.4.1.19376.1.5.3.1.3.2", "1.2.250.1.213.1.1.2.128"),
    Coded("42349-1", LOINC, "Raison de la recommandation"),
    "TYPE DE RCP / MOTIF DE LA RCP",
)
FOUND = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9", "1.3.6.1.4.1.19376.1.7.3.1.1.13.7", "1.2.250.1.213.1.1.2.163"),
    Coded("42545-4", LOINC, "Evènements observés"),
    "MODE DE DÉCOUVERTE DU CANCER",
)
FILE = Section(
    ("1.2.250.1.213.1.1.2.33",),
    Coded("21874-3", LOINC, "Statut du dossier présenté en RCP"),
    "PROPOSITION DE LA RCP",
)
STATUS = Section(("1.2.250.1.213.1.1.2.35",), Coded("33557-0", LOINC, "Etat d'achèvement"), "Statut du document")

NATURES = {
    "appareil": term("ORG-117", "RCP Appareil - Organes"),
    "transversale": term("ORG-132", "RCP Transversale et soins de support"),
}
MOTIVES = {
    "diagnostic": term("MED-235", "Avis diagnostique"),
    "proposition": term("ORG-114", "Proposition de traitement"),
    "recours": term("ORG-115", "Recours"),
    "pediatrie": term("ORG-116", "Pédiatrie"),
}
CASES = {"enregistre": term("ORG-128", "Cas enregistré"), "discute": term("ORG-134", "Cas discuté")}
QUORUM = {"atteint": term("ORG-126", "Quorum atteint"), "non_atteint": term("ORG-133", "Quorum non atteint")}
STATES = {
    "en_cours": Coded("385651009", SNOMED, "en cours d'exécution"),
    "realise": Coded("398166005", SNOMED, "réalisé"),
    "approuve": Coded("9571008", SNOMED, "approuvé"),
    "cloture": Coded("29179001", SNOMED, "clôturé"),
}
_NATURE, _SYSTEM = term("GEN-098", "Nature de la discussion"), term("ORG-118", "Appareil concerné")
_MOTIVE, _CASE = term("ORG-186", "Motif de la RCP"), term("ORG-127", "Statut du cas présenté")
_RECOURSE, _CHILD = term("ORG-184", "RCP de recours"), term("ORG-185", "RCP pédiatrique")
_SCREENED = Coded("63921-1", LOINC, "Dépistage du cancer")
_FILE, _COMPLETE = term("GEN-099", "Information RCP"), term("GEN-100", "Dossier complet")
_QUORUM, STATE = term("ORG-125", "Quorum RCP"), term("GEN-065", "Statut du document")
STATE_TEMPLATE = "1.2.250.1.213.1.1.3.48.16"


def reason(page: Page) -> list[Element]:
    """Return the section on the board's nature, its reason and the status of the case."""
    statement = page.held.take("nature")
    value = page.held.coded(statement, NATURES) if statement else None
    system = _system(page)
    motive = _motive(page)
    inner = [related("SUBJ", each) for each in (system, motive) if each is not None]
    if statement and value is not None:
        page.entries.append(page.said(_NATURE, statement, value, *inner))
    elif inner:
        page.entries.append(page.empty(_NATURE, "Nature de la RCP", *inner))
    return page.written(REASON)


def _system(page: Page) -> Element | None:
    flags = [page.truth(_RECOURSE, "recours"), page.truth(_CHILD, "pediatrique")]
    inner = [related("REFR", each) for each in flags if each is not None]
    return page.empty(_SYSTEM, "Appareil concerné", *inner) if inner else None


def _motive(page: Page) -> Element | None:
    inner = [
        related("REFR", each) for each in (_ticked(page), page.coded(_CASE, "statut_cas", CASES)) if each is not None
    ]
    return page.empty(_MOTIVE, "Motif de la RCP", *inner) if inner else None


def _ticked(page: Page) -> Element | None:
    """Return the one reason that the sheet gives: the form ticks it."""
    statement = page.held.take("motif")
    if statement is None:
        return None
    if statement.worlds is None:
        page.held.lose(statement, "raison")
        return None
    found = MOTIVES.get(page.held.category(statement))
    if found is None:
        page.held.lose(statement, "sans-code")
        return None
    value = element("value", {"xsi:type": "BL", "value": "true"})
    return page.said(found, statement, value, carried=False)


def screening(page: Page) -> list[Element]:
    """Return the section on how the cancer was found."""
    found = page.truth(_SCREENED, "depistage")
    page.entries += [found] if found is not None else []
    return page.written(FOUND)


def file(page: Page) -> list[Element]:
    """Return the section on the file and the quorum."""
    parts = [page.truth(_COMPLETE, "dossier_complet"), page.coded(_QUORUM, "quorum", QUORUM)]
    inner = [element("component", None, each) for each in parts if each is not None]
    if inner:
        head = templates(("1.2.250.1.213.1.1.3.7",))
        code = element("code", {"code": _FILE.code, "displayName": _FILE.name, "codeSystem": _FILE.system})
        told = {"classCode": "CLUSTER", "moodCode": "EVN"}
        page.entries.append(element("organizer", told, *head, code, status("completed"), *inner))
    return page.written(FILE)


def proposed(page: Page) -> list[Element]:
    """Return the section of the proposal, as far as the sheet codes it: recourse, watching alone, treatments."""
    for coded, item in ((frcp_proposal.RECOURSE, "proposition_recours"), (WATCH, "proposition_surveillance")):
        statement = page.held.take(item)
        if statement is None:
            continue
        if statement.worlds != YES:
            page.held.lose(statement, "raison" if statement.worlds is None else "non")
            continue
        page.held.day(statement, carried=False)
        page.entries.append(meeting(coded, page.identifier(item), page.place_of(statement)))
    proposed_treatments(page)
    return page.written(frcp_proposal.SECTION)


def frame(page: Page) -> list[Element]:
    """Return the section of the frame, as far as the sheet codes it: a trial proposed."""
    found = page.truth(frcp_frame.TRIAL, "cadre_essai_propose")
    page.entries += [found] if found is not None else []
    return page.written(frcp_frame.SECTION)


def state(page: Page) -> list[Element]:
    """Return the section on the status of the document."""
    statement = page.held.take("statut_document")
    value = page.held.coded(statement, STATES) if statement else None
    if statement and value is not None:
        day = page.held.day(statement)
        where = page.place_of(statement)
        roots = (*SIMPLE, STATE_TEMPLATE)
        page.entries.append(
            observation(STATE, page.identifier("statut"), where, value, time=moment(day) if day else None, roots=roots)
        )
    return page.written(STATUS)
