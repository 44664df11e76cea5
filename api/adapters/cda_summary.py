"""A medical summary (IPS-FR, VSM): problems, drugs and allergies of the patient, as IHE PCC codes them; a cancer is no tumour.

A cancer in a list of problems may be the tumour that the board discusses or another one, at any stage: which, no code says.
It is reported, and no tumour is made of it. A distant metastasis is a fact of the patient whose tumour stays open.
"""

from __future__ import annotations

from typing import Any

from api.adapters.cda_codes import concept_said, known
from api.adapters.cda_elements import Node
from api.adapters.cda_laboratory import is_one, of_relatives, read_measures
from api.adapters.cda_statements import NOT_SAID, is_said
from api.adapters.fhir_concepts import CANCER, is_secondary
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_health import COMORBIDITIES
from api.adapters.fhir_reading import Leaf, Reading
from api.adapters.fhir_treatments import ALLERGIES, COMEDICATIONS, TREATMENTS
from api.adapters.fhir_tumours import METASTASES
from api.adapters.fhir_values import typed

PCC = "1.3.6.1.4.1.19376.1.5.3.1.4"
PROBLEM, ALLERGY, MEDICATION = f"{PCC}.5", f"{PCC}.6", f"{PCC}.7"
_STATUS = f"{PCC}.1.1"
_NODES = "C77"
_UNSURE = ("suspecte", "refute")
_CANCER = (
    "cancer d'une liste de problèmes : tumeur discutée ou autre cancer, le code ne le dit pas ; aucune n'est créée"
)


def read_summary(reading: Reading, body: Node) -> None:
    """Read a summary; each list stays open, whatever it says of its completeness."""
    relatives = of_relatives(body)
    for node in body.within("observation", "substanceAdministration"):
        read = next((reader for template, reader in _READERS if node.is_of(template)), None)
        if read and not is_one(reading, node, relatives):
            read(reading, node)
    read_measures(reading, body)


def _read_problem(reading: Reading, node: Node) -> None:
    """Read a problem: a state that an item holds, a comorbidity present or absent, or a metastasis."""
    value, codings = node["value"], node["value"].codings()
    denied = _is_denied(node)
    if not codings or not (denied or is_said(reading, node)):
        return
    certainty = _certainty(reading, node)
    found = concept_said(reading, codings, "affection", absent=denied)
    if certainty == "refute":
        reading.lose(value.pointer, "affection écartée par le document", codings[0])
    elif _read_state(reading, node, denied=denied):
        return
    elif found is None:
        _read_cancer(reading, node, certainty, denied=denied)
    elif denied:
        held = reading.records(COMORBIDITIES)
        if held is not None:
            leaf = reading.leaf(found[0], value.pointer, found[1], date=node["effectiveTime"].date())
            held.setdefault("absents", []).append(leaf)
            reading.use(node["code"].pointer)
    else:
        _add_comorbidity(reading, node, found, certainty)


def _is_denied(node: Node) -> bool:
    """Say whether the problem is said not to have been (PCC 1.4.5: observed not to have occurred)."""
    stands = node.attribute("moodCode") in ("EVN", "") and node["statusCode"].attribute("code") not in NOT_SAID
    return stands and node.attribute("negationInd") == "true"


def _certainty(reading: Reading, node: Node) -> str:
    """Return how sure the document is, by the codes below the problem that say so."""
    said = [reading.maps.first("certitude", inner["value"].codings()) for inner in node.within("observation")]
    return next((each for each in _UNSURE if each in said), "")


def _read_state(reading: Reading, node: Node, *, denied: bool) -> bool:
    """Read a state that an item of the patient holds (pregnancy, menopause)."""
    for meaning, coding in reading.maps.each("affection", node["value"].codings()):
        name, _, value = meaning.partition("=")
        item = reading.dictionary.items.get(name)
        if item and not denied:
            leaf = reading.leaf(typed(item, value), node["value"].pointer, coding, date=node["effectiveTime"].date())
            return reading.put(name, leaf)
    return False


def _add_comorbidity(reading: Reading, node: Node, found: tuple[Any, Coding], certainty: str) -> None:
    time = node["effectiveTime"]
    row: dict[str, Any] = {"concept": reading.leaf(found[0], node["value"].pointer, found[1], certitude=certainty)}
    if time.date():
        row["debut"] = reading.leaf(time.date(), time["low"].pointer or time.pointer)
    if time.end():
        row["fin"] = reading.leaf(time.end(), time["high"].pointer)
    row["actif"] = _active(reading, node)
    reading.use(node["code"].pointer)
    reading.add_row(COMORBIDITIES, row)


def _active(reading: Reading, node: Node) -> Leaf | None:
    """Return whether the problem is active: by its own status, else by that of the concern, unless it ended."""
    for inner in node.within("observation"):
        if inner.is_of(_STATUS):
            for meaning, coding in reading.maps.each("actif", inner["value"].codings()):
                reading.use(inner["code"].pointer)
                return reading.leaf(meaning == "oui", inner["value"].pointer, coding)
    status = node.above("act")["statusCode"]
    said = {"active": True, "completed": False}.get(status.attribute("code"))
    if said is None or (said and node["effectiveTime"].end()):
        return None
    return reading.leaf(said, status.pointer)


def _read_cancer(reading: Reading, node: Node, certainty: str, *, denied: bool) -> None:
    """Read a distant metastasis that is still there; report a cancer, and what no branch of the ontology has."""
    value, codings = node["value"], node["value"].codings()
    spelled = known(reading, codings)
    site = concept_said(reading, codings, "topographie")
    reason = ""
    if not is_secondary(reading, spelled):
        cancer = concept_said(reading, codings, *CANCER)
        reason = _CANCER if cancer else "affection que l'ontologie ne connaît pas"
    elif any(coding.code.startswith(_NODES) for coding in spelled):
        reason = "métastase ganglionnaire : régionale ou à distance, le code ne le dit pas"
    elif denied or node["effectiveTime"].end() or node.above("act")["statusCode"].attribute("code") == "completed":
        reason = "métastase niée ou résolue : rien n'en est déduit"
    elif site is None:
        reason = "métastase dont l'ontologie ne connaît pas le siège"
    if reason or site is None:
        reading.lose(value.pointer, reason, codings[0])
        return
    time = node["effectiveTime"]
    row: dict[str, Any] = {"site": reading.leaf(site[0], value.pointer, site[1], certitude=certainty)}
    if time.date():
        row["date"] = reading.leaf(time.date(), time["low"].pointer or time.pointer)
    reading.use(node["code"].pointer)
    reading.add_row(METASTASES, row)


def _read_medication(reading: Reading, node: Node) -> None:
    """Read a drug taken, of the cancer or another; a product of several drugs is a row each."""
    product, *ingredients = _products(node["consumable"])
    codings = (*product, *(coding for each in ingredients for coding in each))
    if not codings or not is_said(reading, node):
        return
    whole = concept_said(reading, product, "traitement")
    parts = (concept_said(reading, each, "traitement") for each in ingredients)
    found = [whole] if whole else [part for part in parts if part]
    if not found:
        reading.lose(codings[0].pointer, "médicament que l'ontologie ne connaît pas", codings[0])
    for concept, coding in found:
        _add_drug(reading, node, concept, coding)
    if whole:
        reading.use(*(each.pointer for each in codings), product[0].pointer)


def _products(consumable: Node) -> list[tuple[Coding, ...]]:
    """Return the codes of the product, then those of each of its ingredients."""
    material = consumable["manufacturedProduct"]["manufacturedMaterial"]
    ingredients = [inner["code"].codings() for each in material.each("ingredient") for inner in each.each("ingredient")]
    return [material["code"].codings(), *ingredients]


def _add_drug(reading: Reading, node: Node, concept: Any, coding: Coding) -> None:
    """Write a drug's row.

    PCC fixes the status to `completed`, which says nothing; only `active` says that it goes on.
    """
    times = [time for time in node.each("effectiveTime") if time.date() or time.end()]
    row: dict[str, Any] = {"concept": reading.leaf(concept, coding.pointer, coding)}
    if times and times[0].date():
        row["debut"] = reading.leaf(times[0].date(), times[0]["low"].pointer or times[0].pointer)
    if times and times[0].end():
        row["fin"] = reading.leaf(times[0].end(), times[0]["high"].pointer)
    elif node["statusCode"].attribute("code") == "active":
        row["en_cours"] = reading.leaf(True, node["statusCode"].pointer)
    oncological = isinstance(concept, str) and reading.ontology.is_a(concept, "traitement_antitumoral")
    reading.add_row(TREATMENTS if oncological else COMEDICATIONS, row)


def _read_allergy(reading: Reading, node: Node) -> None:
    """Read an allergy or intolerance to a drug, present or said absent, by its agent, else by its own code."""
    agents = [
        entity["playingEntity"]["code"]
        for participant in node.each("participant")
        for entity in participant.each("participantRole")
    ]
    said = [place for place in (*agents, node["value"]) if place.codings()]
    denied = _is_denied(node)
    if not said or not (denied or is_said(reading, node)):
        return
    found = next(((p, f) for p in said if (f := concept_said(reading, p.codings(), "traitement", absent=denied))), None)
    if found is None or _certainty(reading, node) == "refute":
        reading.lose(
            said[0].pointer, "allergie écartée, ou produit que l'ontologie ne connaît pas", said[0].codings()[0]
        )
        return
    place, (concept, coding) = found
    date = node["effectiveTime"]
    held = reading.records(ALLERGIES)
    leaf = reading.leaf(concept, place.pointer, coding, certitude=_certainty(reading, node))
    if denied and held is not None:
        held.setdefault("absents", []).append(leaf)
    else:
        row: dict[str, Any] = {"concept": leaf}
        if date.date():
            row["date"] = reading.leaf(date.date(), date["low"].pointer or date.pointer)
        reading.add_row(ALLERGIES, row)


# An allergy is a problem too: the first template decides.
_READERS = ((ALLERGY, _read_allergy), (PROBLEM, _read_problem), (MEDICATION, _read_medication))
