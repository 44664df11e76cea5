"""The patient beside the tumour: comorbidities present and absent, family history."""

from __future__ import annotations

from typing import Any

from api.adapters.fhir_concepts import absent_of, branches_of, concept_of
from api.adapters.fhir_elements import Element
from api.adapters.fhir_reading import Leaf, Reading
from api.adapters.fhir_values import compared, date_of, typed

COMORBIDITIES, FAMILY = "comorbidites", "antecedents_familiaux"


def is_comorbidities(reading: Reading, observation: Element) -> bool:
    """Say whether an observation lists comorbidities, as mCODE does."""
    return observation.has_profile("comorbidities") or bool(
        reading.maps.first("comorbidites", observation["code"].codings())
    )


def read_comorbidities(reading: Reading, observation: Element) -> None:
    """Read the conditions said absent, and report those cited but not in the bundle; the list stays open."""
    reading.use_all(observation["code"].codings())
    for extension in observation.extensions("mcode-related-condition"):
        value = extension["valueCodeableConcept"]
        if value:
            _read_present(reading, value, observation)
        elif reading.resources.cited(extension["valueReference"]) is None:
            reading.lose(extension["valueReference"].pointer, "affection citée qui n'est pas dans le lot")
    for extension in observation.extensions("mcode-related-condition-absent"):
        _read_absent(reading, extension["valueCodeableConcept"], date_of(observation))


def read_condition(reading: Reading, condition: Element) -> None:
    """Read a condition that is no cancer: a comorbidity, or a state that an item holds."""
    codings = condition["code"].codings()
    for meaning, coding in reading.maps.each("affection", codings):
        name, _, value = meaning.partition("=")
        item = reading.dictionary.items.get(name)
        if item:
            reading.put(
                name, reading.leaf(typed(item, value), condition["code"].pointer, coding, date=_recorded(condition))
            )
            return
    certainty = reading.maps.first("certitude", condition["verificationStatus"].codings())
    if certainty == "refute":
        reading.lose(condition.pointer, "affection écartée par le document", codings[0] if codings else None)
        return
    found = concept_of(reading, codings, "affection")
    if found is None:
        reading.lose(condition.pointer, "affection que l'ontologie ne connaît pas", codings[0] if codings else None)
        return
    reading.use_all((*codings, *condition["verificationStatus"].codings()))
    row: dict[str, Any] = {"concept": _concept(reading, found, certainty)}
    for name, element in (("debut", condition["onsetDateTime"]), ("fin", condition["abatementDateTime"])):
        if element.date():
            row[name] = reading.leaf(element.date(), element.pointer)
    clinical = condition["clinicalStatus"]
    for meaning, coding in reading.maps.each("actif", clinical.codings()):
        row["actif"] = reading.leaf(meaning == "oui", clinical.pointer, coding)
    reading.add_row(COMORBIDITIES, row)


def read_family(reading: Reading, history: Element) -> None:
    """Read the conditions of one relative."""
    relation = history["relationship"].codings()
    for condition in history.each("condition"):
        codings = condition["code"].codings()
        found = concept_of(reading, codings, "topographie", "affection")
        if found is None:
            reading.lose(
                condition.pointer, "antécédent familial que l'ontologie ne connaît pas", codings[0] if codings else None
            )
            continue
        place = "topographie" if branches_of(reading, found[0]) & {"topographie"} else "concept"
        row: dict[str, Any] = {place: _concept(reading, found, "")}
        link = next(reading.maps.each("parente", relation), None)
        if link:
            row["lien"] = reading.leaf(link[0], history["relationship"].pointer, link[1])
        age = condition["onsetAge"]
        years = compared(age, age["value"])
        if years is not None:
            row["age"] = reading.leaf(years, age.pointer, None, unite=_years(age))
        reading.use_all(codings)
        reading.add_row(FAMILY, row)


def _read_present(reading: Reading, value: Element, observation: Element) -> None:
    found = concept_of(reading, value.codings(), "affection")
    if found:
        row: dict[str, Any] = {"concept": _concept(reading, found, "")}
        reading.add_row(COMORBIDITIES, row)
    elif value.codings():
        reading.lose(value.pointer, "affection que l'ontologie ne connaît pas", value.codings()[0])


def _read_absent(reading: Reading, value: Element, date: str) -> None:
    codings = value.codings()
    found = absent_of(reading, codings, "affection")
    held = reading.records(COMORBIDITIES) if found else None
    if found is None or held is None:
        reason = "affection dite absente que l'ontologie ne connaît pas, ou pas si finement"
        reading.lose(value.pointer, reason, codings[0] if codings else None)
        return
    held.setdefault("absents", []).append(reading.leaf(found[0], value.pointer, found[1], date=date))


def _concept(reading: Reading, found: tuple[Any, Any], certainty: str) -> Leaf:
    suspected = "suspecte" if certainty == "suspecte" else ""
    return reading.leaf(found[0], found[1].pointer, found[1], certitude=suspected)


def _years(age: Element) -> str:
    """Return the unit of an age, where it is not years."""
    return "" if age["code"].text() == "a" else age["code"].text()


def _recorded(condition: Element) -> str:
    return condition["recordedDate"].date() or condition["onsetDateTime"].date()
