"""What of a CDA is in no sheet: every code and value that no reader used, with the reason; narrative text is only counted out."""

from __future__ import annotations

from api.adapters.cda_codes import known
from api.adapters.cda_elements import Node
from api.adapters.fhir_reading import Reading

_PEOPLE = (
    "author", "participant", "performer", "informant", "custodian", "legalAuthenticator", "authenticator",
    "informationRecipient", "dataEnterer", "responsibleParty", "encounterParticipant", "subject", "specimen",
)  # fmt: skip
# A participant of these types is a product or a device, not a person.
_THINGS = ("CSM", "PRD", "DEV", "DIR", "NRD", "RDV")
_CODED = ("code", "functionCode", "standardIndustryClassCode", "signatureCode", "administrativeGenderCode", "value")
_CLOSED = ("recordTarget", "text", "title", "templateId", "observationMedia")
_BARE = ("statusCode", "languageCode", "realmCode", "translation")
_REASONS = {
    "confidentialityCode": "en-tête du document, sans item",
    "code": "code que les tables ne donnent à aucun item",
    "targetSiteCode": "siège, sans item",
    "methodCode": "méthode, sans item",
    "interpretationCode": "interprétation, sans item",
    "priorityCode": "priorité, sans item",
    "functionCode": "fonction d'un professionnel, sans item",
    "name": "qualifiant, sans item",
    "value": "valeur d'un élément qui n'est pas repris",
}


def report_losses(reading: Reading, root: Node) -> None:
    """Report all that was not used, in the order of the document."""
    order = {root.places.get(element, ""): number for number, element in enumerate(root.element.iter())}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.name in _PEOPLE and node.attribute("typeCode") not in _THINGS:
            _report_people(reading, node)
        elif node.name not in _CLOSED:
            _report(reading, node)
            waiting.extend(node.each())
    reading.losses.sort(key=lambda loss: order.get(str(loss["pointer"]), 0))


def _report_people(reading: Reading, node: Node) -> None:
    """Report a person, organisation or specimen under its first code, then its other codes."""
    reason = (
        "prélèvement, sans item" if node.name == "specimen" else "professionnel, proche ou lieu : rien n'en est repris"
    )
    codes = [coding for inner in node.within(*_CODED) for coding in inner.codings()]
    reading.lose(node.pointer, reason, codes[0] if codes else None)
    for coding in codes[1:]:
        reading.lose(coding.pointer, reason, coding)


def _report(reading: Reading, node: Node) -> None:
    """Report one element if it says something that was not used."""
    if node.name == "section":
        codings = node["code"].codings()
        reading.lose(node.pointer, "rubrique : son texte n'est pas lu", codings[0] if codings else None)
    if node.pointer in reading.used or node.name in _BARE:
        return
    codings = node.codings()
    for coding in codings:
        reason = next((r for each in known(reading, [coding]) for r in reading.maps.meanings("cda-raison", each)), "")
        reading.lose(node.pointer, reason or _REASONS.get(node.name, "code qu'aucun item ne reprend"), coding)
    if not codings and node.attribute("code"):
        reading.lose(node.pointer, "code sans système de codage : non lu")
    elif not codings and node.name == "value" and (node.attribute("value") or node.text()):
        reading.lose(node.pointer, "texte libre : non lu" if node.text() else "valeur qu'aucun item ne reprend")
