"""Every code and value of an outside document is in the sheet or in the loss report: the shared documents, and our fixtures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.adapters.conversion import Converted
from api.adapters.fhir import read_bundle
from tests.accounts import Account, untold_of_cda, untold_of_fhir
from tests.cda_documents import FIXTURES, converted
from tests.small import shipped

CDA = (
    "CANCER-FRCP_2022.01_Appareil.xml", "CANCER-CR-GM_2022.01_AnalyseRealisee.xml", "CR_ACP_sein_DCC_v1.5.xml",
    "CANCER-PPS_2022.01_Autopresentable.xml",
)  # fmt: skip
MCODE = ("Bundle-mcode-patient-bundle-jenny-m.json", "Bundle-gx-genomic-bundle-adam-anyperson.json")
OURS = ("frcp", "crgm", "cracp", "ips", "crbio", "pps")
BUNDLES = ("deux_tumeurs", "poumon", "sein")


def converted_bundle(body: bytes) -> Converted:
    base = shipped().base
    return read_bundle(json.loads(body), base.ontology, base.dictionary, "document-1")


def shared_document(shared: Path, folder: str, name: str) -> bytes:
    path = shared / "data" / "fiches" / folder / name
    if not path.is_file():
        pytest.skip(f"ONCORULES_SHARED: the shared material has no {name}")
    return path.read_bytes()


@pytest.mark.parametrize("name", CDA)
def test_nothing_coded_of_a_shared_cda_is_dropped_silently(shared: Path, name: str) -> None:
    body = shared_document(shared, "cda", name)
    result = converted(body)
    assert untold_of_cda(body, result) == []
    assert result.losses, "such a document always holds more than a sheet"


@pytest.mark.parametrize("name", MCODE)
def test_nothing_coded_of_a_shared_bundle_is_dropped_silently(shared: Path, name: str) -> None:
    body = shared_document(shared, "mcode", name)
    result = converted_bundle(body)
    assert untold_of_fhir(json.loads(body), result) == []
    assert result.losses


@pytest.mark.parametrize("name", OURS)
def test_nothing_coded_of_our_documents_is_dropped_silently(name: str) -> None:
    body = (FIXTURES / f"{name}.xml").read_bytes()
    assert untold_of_cda(body, converted(body)) == []


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_coded_of_our_bundles_is_dropped_silently(name: str) -> None:
    body = (FIXTURES.parent / "fhir" / f"{name}.json").read_bytes()
    assert untold_of_fhir(json.loads(body), converted_bundle(body)) == []


@pytest.mark.parametrize("name", OURS)
def test_the_account_notices_every_loss_that_is_left_out(name: str) -> None:
    """A loss of a value, a site or a section, once out of the report, is found missing at its place."""
    body = (FIXTURES / f"{name}.xml").read_bytes()
    result = converted(body)
    read = Account.of(result).read
    ends = ("/value", "/targetSiteCode", "/confidentialityCode")
    exact = {place for loss in result.losses if (place := str(loss["pointer"])).endswith(ends)} - read
    for left_out in exact:
        report = tuple(loss for loss in result.losses if loss["pointer"] != left_out)
        assert left_out in untold_of_cda(body, replace(result, losses=report))
    assert exact


def test_what_stands_inside_narrative_is_never_an_entry() -> None:
    """A coded statement written into the text of a section is text."""
    document = (FIXTURES / "frcp.xml").read_text(encoding="utf-8")
    start = document.index("<entry>", document.index('code="46006-3"'))
    end = document.index("</entry>", start) + len("</entry>")
    entry = document[start:end]
    before = document.rindex("</text>", 0, start)
    result = converted(document[:before] + entry + document[before:start] + document[end:])
    assert "oms" in converted(document).sheet["patient"]
    assert "oms" not in result.sheet["patient"]
