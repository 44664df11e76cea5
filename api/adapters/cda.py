"""CDA R2 of the French cancer sets → native sheet, without identity, every loss named.

Fiche RCP (CANCER-FRCP 2022.01, codes of version 2.0 too), molecular genetics (CR-GM 2022.01), pathology (CR-ACP), care plan
(PPS 2022.01); of the patient, without a tumour: medical summaries (IPS-FR, VSM) and laboratory reports (CR-BIO). Pointers
are XPaths without prefixes. `displayName` and narrative text are never read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.adapters.cda_board import GENETICS_SECTION, PATHOLOGY_SECTION, read_case, read_tumours
from api.adapters.cda_elements import Node, node_of
from api.adapters.cda_genetics import read_genetics, read_specimen
from api.adapters.cda_header import (
    FRCP,
    GENETICS,
    LABORATORY,
    OF_THE_PATIENT,
    PLAN,
    SUMMARY,
    identifiers_of,
    kind_of,
    read_board,
    read_header_site,
    read_patient,
)
from api.adapters.cda_laboratory import read_measures
from api.adapters.cda_losses import report_losses
from api.adapters.cda_pathology import read_findings, read_report
from api.adapters.cda_plan import read_plan
from api.adapters.cda_summary import read_summary
from api.adapters.cda_xml import document_in, parse
from api.adapters.conversion import Converted, Unreadable
from api.adapters.fhir_bundle import Resources
from api.adapters.fhir_maps import CodeMaps, shipped_maps
from api.adapters.fhir_reading import Reading, tidied
from engine.dictionary import Dictionary
from engine.ontology import Ontology
from engine.problems import in_sheet

__all__ = ["Converted", "Unreadable", "read_document"]

_READ = (
    "fiche RCP (CANCER-FRCP), génétique (CR-GM), anatomopathologie (CR-ACP), programme de soins (PPS), "
    "synthèse médicale (IPS-FR, VSM), biologie (CR-BIO)"
)


def read_document(
    body: bytes,
    ontology: Ontology,
    dictionary: Dictionary,
    document_name: str,
    maps: CodeMaps | None = None,
) -> Converted:
    """Read a document; raise `Unreadable` if it is not XML, or not one of the documents read.

    A document about a tumour that names none is refused too; one about the patient (`OF_THE_PATIENT`) is a sheet without
    `tumeurs`, and whoever calls decides what it is worth alone.
    """
    whole = node_of(parse(body))
    element = document_in(whole.element)
    if element is None:
        raise _refused("cda-pas-un-document", "la racine n'est pas `ClinicalDocument` (urn:hl7-org:v3)", _READ)
    root = Node(element, whole.places)
    kind = kind_of(root)
    if not kind:
        raise _refused("cda-type-inconnu", "ce document CDA n'est pas d'un type qui est lu", f"types lus : {_READ}")
    if sum(1 for _ in root.each("recordTarget")) > 1:
        raise _refused("cda-plusieurs-patients", "le document a plusieurs patients")
    reading = Reading(document_name, ontology, dictionary, maps or shipped_maps(), Resources((), {}))
    reading.use(root["code"].pointer)
    if element is not whole.element:
        reading.lose(whole.pointer, "feuille de style d'un document autoprésentable : ni lue ni exécutée")
    read_patient(reading, root)
    _read_body(reading, kind, root)
    if not reading.sheet.get("tumeurs") and kind not in OF_THE_PATIENT:
        raise _refused("cda-sans-tumeur", "le document CDA ne décrit aucune tumeur", "une section « Tumeur » codée")
    report_losses(reading, root)
    losses = _without_identity(reading.losses, root)
    return Converted(tidied(reading.sheet), losses, identifiers_of(root))


def _read_body(reading: Reading, kind: str, root: Node) -> None:
    body = root["component"]["structuredBody"]
    if kind == FRCP:
        read_board(reading, root)
        read_tumours(reading, body)
        read_header_site(reading, root)
        read_case(reading, body)
        _read_repeated(reading, body)
    elif kind == GENETICS:
        tumour = read_specimen(reading, body)
        if tumour:
            read_genetics(reading, body, tumour)
    elif kind == PLAN:
        read_plan(reading, body)
    elif kind == SUMMARY:
        read_summary(reading, body)
    elif kind == LABORATORY:
        read_measures(reading, body)
    else:
        read_report(reading, root, body)


def _read_repeated(reading: Reading, body: Node) -> None:
    """Read the coded organizers of the reports that a fiche RCP may repeat."""
    tumour = reading.only_tumour()
    for section in body.within("section"):
        if section.is_of(PATHOLOGY_SECTION):
            read_findings(reading, section, tumour)
        elif section.is_of(GENETICS_SECTION):
            read_genetics(reading, section, tumour)


def _without_identity(losses: Iterable[Mapping[str, Any]], root: Node) -> tuple[Mapping[str, Any], ...]:
    """Return losses of which no code is a text of the patient's identity."""
    target = root["recordTarget"]
    inner = target.element.iter() if target else ()
    texts = {text.strip() for each in inner for text in (each.text or "", each.get("extension") or "")}
    return tuple({**loss, "code": None} if (loss["code"] or {}).get("code") in texts else loss for loss in losses)


def _refused(code: str, message: str, hint: str = "") -> Unreadable:
    return Unreadable([in_sheet("", code, message, hint)])
