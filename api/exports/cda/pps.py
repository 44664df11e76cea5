"""What the board accepts → the body of a draft care plan (plan personnalisé de soins, CANCER-PPS 2022.01, CDA R2).

Only the RCP software knows the patient, the places, the days and who does what: there is no header, and what the plan must
say of these has a null flavour and is listed as to be completed. Nothing is invented; the status is "in progress".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from api.exports.cda import frcp_board, plan_words
from api.exports.cda.elements import (  # fmt: skip
    LOINC,
    NCIT,
    SNOMED,
    TERMS,
    Coded,
    Identifiers,
    anchor,
    code,
    content,
    element,
    moment,
    paragraph,
    span,
    table,
    unknown,
    written,
)
from api.exports.cda.entries import (
    PLANNED,
    SIMPLE,
    Section,
    comment,
    observation,
    procedure,
    related,
    section,
    status,
)  # fmt: skip
from api.exports.cda.frcp_proposal import RECOURSE_CONCEPT, sort_lines
from api.exports.cda.plans import Accepted, Line, accept, is_examination, to_do
from api.exports.cda.treatment_types import PLAN, types_of
from api.words.telling import Telling
from engine.ontology import Ontology
from engine.snapshot import Base

Json = Mapping[str, Any]

_ROOTS = ("2.16.840.1.113883.10.20.1.10", "1.3.6.1.4.1.19376.1.5.3.1.3.36", "1.2.250.1.213.1.1.2.158")
_PLAN = Coded("18776-5", LOINC, "Plan de soins")
PROGRAMME = Section(
    _ROOTS,
    _PLAN,
    "PROGRAMME THÉRAPEUTIQUE ET DE SUIVI",
    Coded("MED-566", TERMS, "Programme thérapeutique et de suivi"),
)
SUPPORT = Section(
    _ROOTS,
    _PLAN,
    "SOINS ONCOLOGIQUES DE SUPPORT, ACCOMPAGNEMENT SOCIAL ET SOCIOPROFESSIONNEL",
    Coded("MED-567", TERMS, "Soins oncologiques de support, accompagnement social et socioprofessionnel"),
)
TREATMENT, SIDE_EFFECTS = (
    Coded("MED-568", TERMS, "Traitement"),
    Coded("MED-569", TERMS, "Traitement des effets secondaires"),
)
MEASURE, FOLLOW_UP = Coded("MED-570", TERMS, "Mesure associée"), Coded("MED-571", TERMS, "Suivi")
CARE = Coded("MED-572", TERMS, "Soin oncologique de support")
FORECAST, AT_HOME = Coded("GEN-177", TERMS, "Date(s) prévisionnelle(s)"), Coded("ORG-004", TERMS, "Rythme")
GROWTH_FACTOR = Coded("C20427", NCIT, "facteur de croissance granulocytaire")
ELDERLY = Coded("ORG-001", TERMS, "Prise en charge spécifique en oncogériatrie")
# JDV_MesuresAssociees (1.2.250.1.213.1.1.5.476) and JDV_SoinsOncoDeSupport (…5.79), as the ontology codes them
MEASURES = frozenset({"ORG-001", "ORG-007", "ORG-171", "MED-555"})
CARES = frozenset("ORG-035 ORG-036 ORG-174 ORG-175 ORG-176 ORG-037 MED-051 MED-562 MED-563 MED-564".split())
OTHER_CARE = Coded("GEN-092.04.07", TERMS, "Autre soins de support")
# JDV_TypeDeSuivi (…5.76)
FOLLOW_UPS = {
    "examen_biologique": Coded("MED-091", TERMS, "Examen de biologie"),
    "imagerie": Coded("MED-092", TERMS, "Examen d'imagerie médicale"),
    "consultation": Coded("11429006", SNOMED, "consultation"),
}
OTHER_FOLLOW_UP = Coded("GEN-092.04.06", TERMS, "Autre type de suivi")
TO_COMPLETE = (
    "identité et coordonnées du patient", "dates", "lieux", "intervenants", "rythme et domicile", "effets secondaires",
    "accompagnement social et socioprofessionnel",
)  # fmt: skip
_HELP, _GROWTH, _ELDERLY = "soins_de_support", "g_csf", ("prise_en_charge_oncogeriatrique", "evaluation_geriatrique")
_STATUS, _COMMENT = anchor("pps", "statut"), anchor("pps", "commentaire")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the plan: what sort of step, of which type, in words, and by which rules for which tumour."""

    kind: Coded
    type: Coded
    name: str
    text: str
    rules: str
    tumour: str


def pps_draft(answer: Json, accepted: Iterable[str] | None, base: Base) -> bytes:
    """Return the `structuredBody` of a draft care plan, as XML; see `frcp_entries` for what is accepted."""
    found = accept(answer, accepted)
    tell, identifiers = Telling(base, "fr"), Identifiers(answer["decision_id"])
    steps = [step for one in found for step in _steps(one, tell)]
    programme = [step for step in steps if step.kind != CARE]
    cares = [step for step in steps if step.kind == CARE]
    body = element(
        "structuredBody",
        None,
        _section(PROGRAMME, "programme", programme, identifiers, len(found) > 1),
        _section(SUPPORT, "support", cares, identifiers, len(found) > 1),
        _state(found, answer, tell, identifiers),
    )
    return written(body)


# --- which steps ---


def _steps(one: Accepted, tell: Telling) -> Iterator[Step]:
    """Yield the steps that the accepted plans of a tumour say, then what is to be done before them."""
    ontology = tell.base.ontology
    sorted_ = sort_lines(one.lines, ontology)
    for line in (*sorted_.treatments, *sorted_.watching):
        yield from _treatment(one, line, tell)
    named = set()
    for line in sorted_.asked:
        label = line.action["concept"]["label"]
        named.add(label)
        kind, coded = _asked(line.concept, ontology)
        yield Step(
            kind, coded, label, plan_words.treatment(line, tell), plan_words.rule(line.rule), one.tumour["label"]
        )
    for entry in to_do(one):
        if entry["item"] not in named and is_examination(entry, tell.base.dictionary):
            found = ontology.find(entry["item"], ("examen", "traitement"))
            if found is not None and (found.id == "rcp" or ontology.is_a(found.id, RECOURSE_CONCEPT)):
                continue
            kind, coded = _asked(found.id if found else "", ontology)
            yield Step(kind, coded, entry["item"], plan_words.asked(entry), ", ".join(entry["by"]), one.tumour["label"])


def _treatment(one: Accepted, line: Line, tell: Telling) -> Iterator[Step]:
    ontology = tell.base.ontology
    text, rules = plan_words.treatment(line, tell), plan_words.rule(line.rule)
    label = line.action["concept"]["label"]
    if ontology.is_a(line.concept, _HELP):
        kind, coded = _support(line.concept, ontology)
        yield Step(kind, coded, label, text, rules, one.tumour["label"])
        return
    order = f"{plan_words.intention(line)}, étape {line.step} : {text}"
    for coded in types_of(line.concept, ontology, PLAN):
        yield Step(TREATMENT, coded, label, order, rules, one.tumour["label"])


def _support(concept: str, ontology: Ontology) -> tuple[Coded, Coded]:
    """Return where supportive care belongs: side effects, a measure, or care; by the codes of the ontology."""
    if ontology.is_a(concept, _GROWTH):
        return SIDE_EFFECTS, GROWTH_FACTOR
    for name in (concept, *sorted(ontology.ancestors.get(concept, ()))):
        for each in ontology.concepts[name].codes.get("TA_ASIP", ()):
            if each in MEASURES:
                return MEASURE, Coded(each, TERMS, ontology.concepts[name].label())
            if each in CARES:
                return CARE, Coded(each, TERMS, ontology.concepts[name].label())
    return CARE, OTHER_CARE


def _asked(concept: str, ontology: Ontology) -> tuple[Coded, Coded]:
    """Return where something to be done belongs: a geriatric measure, or a follow-up by its type."""
    if any(ontology.is_a(concept, each) for each in _ELDERLY):
        return MEASURE, ELDERLY
    return FOLLOW_UP, next(
        (coded for name, coded in FOLLOW_UPS.items() if ontology.is_a(concept, name)), OTHER_FOLLOW_UP
    )


# --- how they are written ---


def _section(kind: Section, name: str, steps: Sequence[Step], identifiers: Identifiers, several: bool) -> Element:
    rows, entries = [], []
    for number, step in enumerate(steps, 1):
        where = anchor("pps", name, number)
        tumour = f" – {step.tumour}" if several else ""
        rows.append((step.kind.name, step.type.name, content(where, step.text), step.rules + tumour, "à compléter"))
        entries.append(_entry(step, number, name, where, identifiers))
    headers = ("Étape", "Type", "Précision", "Recommandation", "Dates, lieu, intervenant")
    told = [table(headers, rows)] if rows else [paragraph("Rien dans les recommandations acceptées : à compléter.")]
    return section(kind, identifiers.of("pps", name), told, entries)


def _entry(step: Step, number: int, name: str, where: str, identifiers: Identifiers) -> Element:
    def identifier(part: str) -> str:
        return identifiers.of("pps", name, number, part)

    coded = code("code", step.kind, element("qualifier", None, code("value", step.type)))
    performer = element(
        "performer",
        {"typeCode": "PRF"},
        element("assignedEntity", {"classCode": "ASSIGNED"}, unknown("id", "UNK")),
    )
    forecast = observation(FORECAST, identifier("dates"), where, unknown("value", "NA", of_type="CD"), time=span())
    home = observation(AT_HOME, identifier("rythme"), where, unknown("value", "UNK", of_type="BL"))
    more = [related("COMP", each, inverted=False) for each in (forecast, home)]
    return procedure(
        "INT",
        PLANNED,
        identifier("etape"),
        coded,
        where,
        status("active"),
        unknown("effectiveTime", "UNK"),
        performer,
        *more,
        related("SUBJ", comment(where), inverted=True),
    )


def _state(found: Sequence[Accepted], answer: Json, tell: Telling, identifiers: Identifiers) -> Element:
    """Return the status of the document, in progress, with the notice and what is to be completed."""
    told = [*plan_words.notes(found, answer, tell), *_aside(found, tell), f"À compléter : {', '.join(TO_COMPLETE)}."]
    state = observation(
        frcp_board.STATE,
        identifiers.of("pps", "statut"),
        _STATUS,
        code("value", frcp_board.STATES["en_cours"], of_type="CD"),
        related("SUBJ", comment(_COMMENT), inverted=True),
        time=moment(answer["as_of"]),
        roots=(*SIMPLE, frcp_board.STATE_TEMPLATE),
    )
    narrative = [paragraph("En cours", _STATUS), paragraph(" ".join(told), _COMMENT)]
    return section(frcp_board.STATUS, identifiers.of("pps", "section", "statut"), narrative, [state])


def _aside(found: Sequence[Accepted], tell: Telling) -> Iterator[str]:
    """Yield what is accepted and no step of a care plan: recourse, what is to be read in the record."""
    for one in found:
        for line in sort_lines(one.lines, tell.base.ontology).recourse:
            yield f"Passage en RCP de recours : {plan_words.treatment(line, tell)} – {plan_words.rule(line.rule)}."
        for entry in to_do(one):
            if not is_examination(entry, tell.base.dictionary):
                yield f"À vérifier avant traitement : {plan_words.asked(entry)} ({', '.join(entry['by'])})."
