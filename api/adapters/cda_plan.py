"""A personalised care plan (PPS): its tumour, its phase, the treatments that were given; what is only planned is reported."""

from __future__ import annotations

from api.adapters.cda_board import read_treatment, read_tumours
from api.adapters.cda_codes import meaning_of
from api.adapters.cda_elements import Node
from api.adapters.cda_laboratory import SOCIAL_HISTORY, VITAL_SIGN, read_measure
from api.adapters.cda_statements import read_statement
from api.adapters.fhir_reading import Reading

_STATE_OF_DOCUMENT = "1.2.250.1.213.1.1.2.35"


def read_plan(reading: Reading, body: Node) -> None:
    """Read a plan: entries of the programme say planned dates and rhythms, so only what stands outside them is stated."""
    read_tumours(reading, body)
    tumour = reading.only_tumour()
    for node in body.within("observation"):
        if node.is_of(VITAL_SIGN, SOCIAL_HISTORY):
            read_measure(reading, node)
        elif node.above("section").is_of(_STATE_OF_DOCUMENT):
            _report_state(reading, node)
        elif not node.above("procedure"):
            read_statement(reading, node, tumour)
    for node in body.within("procedure"):
        for qualifier in node["code"].each("qualifier"):
            if meaning_of(reading, "cda-programme", node["code"].codings()):
                read_treatment(reading, node, tumour, qualifier["value"])


def _report_state(reading: Reading, node: Node) -> None:
    """Report the state of the plan, which is not that of the fiche RCP."""
    for place in (node["code"], node["value"]):
        for coding in place.codings():
            reading.lose(place.pointer, "état du programme de soins, non de la fiche RCP", coding)
