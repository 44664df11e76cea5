"""What an observation of a CDA states for an item: truth, number or code, by the tables; nothing from what is only asked or denied."""

from __future__ import annotations

from typing import Any

from api.adapters.cda_codes import meaning_of, put_unknown
from api.adapters.cda_elements import Node
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_reading import Reading
from api.adapters.fhir_values import typed
from engine.domains import Line

TRUTH, NUMBER, PRESENCE = "booleen", "nombre", "presence"
ASKED = ("ARQ", "RQO", "PRP", "INT")
_PROPOSED = (*ASKED, "EVN", "")
_NOT_SAID = ("cancelled", "aborted", "nullified", "obsolete", "held")


def is_said(reading: Reading, node: Node, moods: tuple[str, ...] = ("EVN", "")) -> bool:
    """Say whether an entry states something that happened or was seen; report it where it does not."""
    codings = node["code"].codings()
    if node.attribute("moodCode") not in moods:
        reason = "demandé ou proposé : ce n'est pas une donnée constatée"
    elif node.attribute("negationInd") == "true":
        reason = "énoncé nié par le document (`negationInd`) : rien n'en est déduit"
    elif node["statusCode"].attribute("code") in _NOT_SAID:
        reason = f"énoncé sans effet : statut `{node['statusCode'].attribute('code')}`"
    else:
        return True
    reading.lose(node.pointer, reason, codings[0] if codings else None)
    return False


def read_statement(reading: Reading, node: Node, tumour: str) -> None:
    """Read an observation or an encounter if the tables give it to an item."""
    found = meaning_of(reading, "cda-item", node["code"].codings())
    if found is None:
        return
    item, _, how = found[0].partition(":")
    if how == PRESENCE:
        if is_said(reading, node, _PROPOSED):
            reading.put(item, reading.leaf(True, node["code"].pointer, found[1]), tumour)
        return
    if not is_said(reading, node):
        return
    reading.use(node["code"].pointer)
    date = node["effectiveTime"].date()
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
    if how == TRUTH:
        truth = value.boolean()
        found = (truth, coding) if truth is not None else None
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
        reading.use(value.pointer)


def _is_there(reading: Reading, item: str, value: Any) -> bool:
    """Say whether the value that an interpretation repeats is already written."""
    return any(leaf.get("valeur") == value for leaf in reading.sheet.get("patient", {}).get(item, ()))


def _put_relapse(reading: Reading, node: Node, tumour: str) -> None:
    """Write the date of the relapse, which is that of the phase where it is one."""
    said = meaning_of(reading, "phase", node["value"].codings())
    time = node["effectiveTime"]
    if said and said[0] == "rechute" and time.date():
        reading.put("date_rechute", reading.leaf(time.date(), time.pointer, said[1]), tumour)


def read_reasons(reading: Reading, nodes: list[Node]) -> None:
    """Read why the board meets, if one reason only is ticked: the item holds one."""
    ticked = []
    for node in nodes:
        found = meaning_of(reading, "cda-motif", node["code"].codings())
        if found:
            reading.use(node["code"].pointer, node["value"].pointer)
            if node["value"].boolean():
                ticked.append((found, node))
    for (meaning, coding), node in ticked:
        if len(ticked) == 1:
            reading.put("motif", reading.leaf(meaning, node["code"].pointer, coding))
        else:
            reading.lose(node.pointer, "plusieurs motifs cochés : l'item n'en tient qu'un", coding)
