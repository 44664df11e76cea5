"""What an observation of a CDA states for an item: truth, number or code, by the tables; nothing from what is only asked or denied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.adapters.cda_codes import meaning_of, put_unknown
from api.adapters.cda_elements import Node
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import typed
from engine.domains import Line

TRUTH, NUMBER, PRESENCE, COUNTED = "booleen", "nombre", "presence", "compte"
# What invaded margins or clear ones say of the closest one; some organs call a margin of 1 mm or less invaded.
_MARGINS: Mapping[str, Mapping[bool, Any]] = {
    "marge": {True: 0, False: "> 0"},
    "marge_1_mm": {True: "<= 1", False: "> 0"},
}
AFTER_TREATMENT = "l'examen suit un traitement ou une rechute, et l'item est celui d'avant"
ASKED = ("ARQ", "RQO", "PRP", "INT")
_PROPOSED = (*ASKED, "EVN", "")
NOT_SAID = ("cancelled", "aborted", "nullified", "obsolete", "held")


def is_said(reading: Reading, node: Node, moods: tuple[str, ...] = ("EVN", "")) -> bool:
    """Say whether an entry states something that happened or was seen; report it where it does not."""
    codings = node["code"].codings()
    if node.attribute("moodCode") not in moods:
        reason = "demandé ou proposé : ce n'est pas une donnée constatée"
    elif node.attribute("negationInd") == "true":
        reason = "énoncé nié par le document (`negationInd`) : rien n'en est déduit"
    elif node["statusCode"].attribute("code") in NOT_SAID:
        reason = f"énoncé sans effet : statut `{node['statusCode'].attribute('code')}`"
    else:
        return True
    reading.lose(node.pointer, reason, codings[0] if codings else None)
    return False


def read_statement(reading: Reading, node: Node, tumour: str, instead: Mapping[str, str] | None = None) -> None:
    """Read an observation or an encounter if the tables give it to an item.

    `instead` gives the items that stand for others here, empty for those that none stands for.
    """
    found = meaning_of(reading, "cda-item", node["code"].codings())
    if found is None:
        return
    named, _, how = found[0].partition(":")
    item = (instead or {}).get(named, named)
    if not item:
        reading.lose(node["value"].pointer or node.pointer, AFTER_TREATMENT, found[1])
        return
    if how == PRESENCE:
        if is_said(reading, node, _PROPOSED):
            reading.put(item, reading.leaf(True, node["code"].pointer, found[1]), tumour)
        return
    if not is_said(reading, node):
        return
    reading.use(node["code"].pointer)
    date = "" if _is_relapse(reading, item, node) else node["effectiveTime"].date()
    for value in node.each("value", "interpretationCode"):
        if not put_unknown(reading, item, value, tumour, date=date):
            _put(reading, item, how, value, found[1], tumour, date)
    if item == "phase":
        _put_relapse(reading, node, tumour)


def _put(reading: Reading, item: str, how: str, value: Node, coding: Coding, tumour: str, date: str) -> None:
    """Write one value under its item."""
    found: tuple[Any, Coding] | None = None
    extra = {"date": date}
    definition = reading.dictionary.items.get(item)
    if how in (TRUTH, COUNTED, *_MARGINS):
        truth = _truth(reading, how, value, coding)
        if truth and how in _MARGINS:
            found, extra["unite"] = (_MARGINS[how][truth[0]], truth[1]), "mm"
        else:
            found = truth
    elif how == NUMBER:
        number = value.number()
        found = (number, coding) if number is not None else None
        if definition is not None and isinstance(definition.domain, Line) and value.attribute("unit") not in ("", "1"):
            extra["unite"] = value.attribute("unit")[:20]
    else:
        said = meaning_of(reading, how, value.codings())
        reason = meaning_of(reading, "absence", value.codings())
        if said and definition:
            found = typed(definition, said[0]), said[1]
        elif reason:
            reading.put(item, reading.open(reason[0], value.pointer, reason[1], **extra), tumour)
            return
    if found is None:
        codings = value.codings()
        reading.lose(value.pointer, "valeur inconnue des tables, ou illisible", codings[0] if codings else coding)
    elif not (value.name == "interpretationCode" and _is_there(reading, item, found[0])):
        reading.put(item, reading.leaf(found[0], value.pointer, found[1], **extra), tumour)
    else:
        reading.lose(value.pointer, "interprétation qui répète la valeur", found[1])


def _truth(reading: Reading, how: str, value: Node, coding: Coding) -> tuple[bool, Coding] | None:
    """Return a truth: as such, as a code, or as a count where some is yes and none is no."""
    number = value.number() if how == COUNTED and value.type != "BL" else None
    if number is not None:
        return number > 0, coding
    truth = value.boolean()
    if truth is not None:
        return truth, coding
    said = meaning_of(reading, "oui_non", value.codings())
    return (said[0] == "oui", said[1]) if said else None


def _is_there(reading: Reading, item: str, value: Any) -> bool:
    """Say whether the value that an interpretation repeats is already written."""
    return any(leaf.get("valeur") == value for leaf in reading.sheet.get("patient", {}).get(item, ()))


def _put_relapse(reading: Reading, node: Node, tumour: str) -> None:
    """Write the date of the relapse, which is that of the phase where it is one."""
    time = node["effectiveTime"]
    if _is_relapse(reading, "phase", node) and time.date():
        said = meaning_of(reading, "phase", node["value"].codings())
        reading.put("date_rechute", reading.leaf(time.date(), time.pointer, said[1] if said else None), tumour)


def _is_relapse(reading: Reading, item: str, node: Node) -> bool:
    """Say whether a phase is a relapse: its time is the day of the relapse, not the day on which that was stated."""
    said = meaning_of(reading, "phase", node["value"].codings()) if item == "phase" else None
    return said is not None and said[0] == "rechute"


def read_reasons(reading: Reading, nodes: list[Node]) -> None:
    """Read why the board meets, if one reason only is ticked: the item holds one."""
    asked = [(found, node) for node in nodes if (found := meaning_of(reading, "cda-motif", node["code"].codings()))]
    ticked = [node for _, node in asked if node["value"].boolean()]
    for (meaning, coding), node in asked:
        reading.use(node["code"].pointer)
        place = node["value"].pointer or node.pointer
        if [node] == ticked:
            reading.put("motif", reading.leaf(meaning, place, coding))
        elif node in ticked:
            reading.lose(place, "plusieurs motifs cochés : l'item n'en tient qu'un", coding)
        else:
            reading.lose(place, "motif non coché : l'item tient celui qui l'est", coding)
