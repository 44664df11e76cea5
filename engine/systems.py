"""Names of code systems: ours, for the OID, URI or name that a document uses."""

from __future__ import annotations

from engine.names import fold

_SYSTEMS = {
    "2.16.840.1.113883.6.3": "CIM-10", "http://hl7.org/fhir/sid/icd-10": "CIM-10", "cim10": "CIM-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "CIM-10", "2.16.840.1.113883.6.43.1": "CIM-O-3", "cim-o": "CIM-O-3",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "CIM-O-3", "2.16.840.1.113883.6.96": "SNOMED CT",
    "http://snomed.info/sct": "SNOMED CT", "snomed": "SNOMED CT", "1.2.250.1.213.2.11": "ADICAP",
    "2.16.840.1.113883.3.26.1.1": "NCIt", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl": "NCIt",
    "2.16.840.1.113883.6.281": "HGNC", "http://www.genenames.org": "HGNC", "http://www.genenames.org/geneId": "HGNC",
    "2.16.840.1.113883.6.73": "ATC", "http://www.whocc.no/atc": "ATC", "2.16.840.1.113883.6.1": "LOINC",
    "http://loinc.org": "LOINC", "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "1.2.250.1.213.2.5": "CCAM", "1.2.250.1.213.1.1.4.322": "TA_ASIP", "1.3.6.1.4.1.19376.1.8.2.1": "PathLex",
}  # fmt: skip
_BY_FOLDED = {fold(name): system for name, system in _SYSTEMS.items()} | {fold(s): s for s in _SYSTEMS.values()}


def system_name(system: str) -> str:
    """Return our name of a code system given by name, OID or URI."""
    return _BY_FOLDED.get(fold(system.removeprefix("urn:oid:")), system)
