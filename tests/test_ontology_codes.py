"""Every code is a real one, every code of the French value sets resolves or is listed with a reason."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ontologies.build import table_files
from ontologies.mapping import BROAD, EXACT, read_tables
from tests.ontology_index import FOLDER, below, concepts, meanings, read_index

# Codes of later editions of ICD-O-3 (3.1, 3.2), which the lists at hand, of the first edition, don't hold.
LATER_ICDO = set(
    "8023/3 8085/3 8086/3 8213/3 8250/2 8253/2 8256/3 8257/3 8265/3 8483/3 8484/3 8507/3 8509/2 8509/3 8519/2"
    " 8480/1 8743/2 8744/2 8983/3".split()
)
# SNOMED CT codes of public mCODE profiles and their examples, which none of the lists at hand holds.
PUBLIC_SNOMED = set(
    "12738006 15425007 254632001 254637007 278054005 34402009 353511000119101 35917007 363351006 363358000 39607008"
    " 399068003 408643008 448952004 59441001 68171009 68453008 71854001 73056007 77284006 86616005 87737001 89740008"
    " 93655004 94161006 94222008 94225005 94381002 94391008 94493005".split()
)


@pytest.fixture(scope="module")
def lists(shared: Path) -> Path:
    return shared / "data" / "terminologies"


def _column(path: Path, column: int = 0, delimiter: str = "\t") -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [row[column] for row in csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)][1:]


def _listed() -> Iterator[tuple[str, str]]:
    lines = (FOLDER / "mappings" / "non_mappes.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith(("#", "system\t")):
            system, block, codes, reason = line.split("\t")
            assert block
            assert reason
            yield from ((system, code) for code in codes.split())


def _left_out(system: str, codes: list[str]) -> list[str]:
    known, listed = read_index()["codes"][system], set(_listed())
    return sorted(code for code in codes if code not in known and (system, code) not in listed)


def test_no_code_is_both_mapped_and_listed_as_unmapped() -> None:
    assert [(system, code) for system, code in _listed() if meanings(system, code)] == []


def test_every_morphology_of_the_french_value_set_resolves(lists: Path) -> None:
    codes = _column(lists / "ans_Morphologie.tsv")
    assert len(codes) == 1032
    assert _left_out("CIM-O-3", codes) == []


def test_every_tumour_of_the_french_value_set_resolves(lists: Path) -> None:
    codes = _column(lists / "ans_Tumeur.tsv")
    assert len(codes) == 724
    assert _left_out("CIM-10", codes) == []


@pytest.mark.parametrize("name", ["ans_Organe.tsv", "ans_TypeHisto_EtatTumoral.tsv", "adicap_D3_organes.tsv"])
def test_every_adicap_organ_and_lesion_of_the_value_sets_resolves(lists: Path, name: str) -> None:
    assert _left_out("ADICAP", _column(lists / name)) == []


def test_every_topography_of_icd_o_resolves(lists: Path) -> None:
    codes = sorted({code for code in _column(lists / "icdo3topo.tsv") if re.fullmatch(r"C\d\d(\.\d)?", code)})
    three = {code for code in codes if len(code) == 3}
    assert _left_out("CIM-O-3", [code for code in codes if code not in three]) == []


def test_every_oncotree_code_of_the_six_sites_resolves(lists: Path) -> None:
    with (lists / "oncotree_2025_10_03.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    codes = [row["code"] for row in rows if row["tissue"] in {"Breast", "Bowel", "Lung", "Prostate", "Skin"}]
    assert len(codes) > 100
    assert _left_out("OncoTree", codes) == []


def test_topography_and_morphology_codes_are_real(lists: Path) -> None:
    real = set(_column(lists / "icdo3topo.tsv")) | set(_column(lists / "icdo3morph.tsv")) | LATER_ICDO
    real |= set(_column(lists / "seer_valid_icdo3_site_histology_combinations.csv", 1, ","))
    assert set(read_index()["codes"]["CIM-O-3"]) - real - set(_column(lists / "ans_Morphologie.tsv")) == set()


def test_tumour_codes_of_icd_10_are_real(lists: Path) -> None:
    titles = {_dotted(code) for code in _column(lists / "cim10_C00_D48_fr.tsv")} | set(
        _column(lists / "ans_Tumeur.tsv")
    )
    tumours = {code for code in read_index()["codes"]["CIM-10"] if re.match(r"C|D[0-4]", code)}
    branches = {code: {concepts()[name]["branch"] for name in meanings("CIM-10", code)} for code in tumours}
    assert {code for code in tumours - titles if branches[code] & {"topographie", "morphologie"}} == set()


def _dotted(code: str) -> str:
    return code if len(code) == 3 else f"{code[:3]}.{code[3:]}"


def test_adicap_codes_are_real(lists: Path) -> None:
    real = set(_column(lists / "adicap_D3_organes.tsv")) | set(_column(lists / "adicap_D5_tumoral.tsv"))
    assert set(read_index()["codes"]["ADICAP"]) - real == set()
    assert meanings("ADICAP", "NA") == {"encephale"}


def test_oncotree_ncit_pathlex_and_snomed_codes_are_real(lists: Path, shared: Path) -> None:
    with (lists / "jdv_cancer_flat.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row[4], row[5]) for row in csv.reader(lines, delimiter=";")]
    nci = {part for cell in _column(lists / "oncotree_2025_10_03.tsv", 6) for part in cell.split("|")}
    real = {
        "OncoTree": set(_column(lists / "oncotree_2025_10_03.tsv")),
        "NCIt": nci | set(_column(lists / "ncit2018_labels.tsv")) | _of(rows, "2.16.840.1.113883.3.26.1.1"),
        "PathLex": _of(rows, "1.3.6.1.4.1.19376.1.8.2.1"),
        "SNOMED CT": _of(rows, "2.16.840.1.113883.6.96") | _snomed(shared) | PUBLIC_SNOMED,
    }
    own = {"oncotree", "ncit", "ci-sis", "snomed"}
    tables = [path for path in table_files(FOLDER) if path.name.removesuffix(".sssom.tsv") in own]
    mapped = [row for row in read_tables(tables) if row.system in real]
    assert [(row.system, row.code) for row in mapped if row.code not in real[row.system]] == []


def _of(rows: list[tuple[str, str]], system: str) -> set[str]:
    return {code for found, code in rows if found == system}


def _snomed(shared: Path) -> set[str]:
    """The SNOMED CT codes of the value sets, the example bundles and the Disease Ontology."""
    lists = shared / "data" / "terminologies"
    owl = (lists / "DO_cancer_slim.owl").read_text(encoding="utf-8")
    folders = (shared / "data" / "fiches" / "mcode", lists / "mcode_valuesets")
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.json")]
    quoted = {code for text in texts for code in re.findall(r'"(?:code|value)"\s*:\s*"(\d+)"', text)}
    return (
        set(re.findall(r"SNOMEDCT_US[_\d]*:(\d+)", owl))
        | quoted
        | set(_column(lists / "ans_LocalisationAnatomique.tsv"))
    )


def test_snomed_sites_and_morphologies_of_the_example_bundle_resolve(shared: Path) -> None:
    bundle = json.loads((shared / "data/fiches/mcode/Bundle-mcode-patient-bundle-jenny-m.json").read_text("utf-8"))
    condition = next(
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Condition" and "353431000119107" in json.dumps(entry["resource"])
    )
    assert "82711006" in json.dumps(condition)
    assert meanings("SNOMED CT", "353431000119107") == {"sein"}
    assert read_index()["laterality"]["SNOMED CT"]["353431000119107"] == "gauche"
    assert meanings("SNOMED CT", "82711006") == {"carcinome_infiltrant_type_non_specifique"}
    assert meanings("SNOMED CT", "80248007") == {"sein"}
    assert meanings("SNOMED CT", "78904004") == {"paroi_thoracique"}


@pytest.mark.parametrize(
    ("code", "concepts_named"),
    [
        ("C50.4", {"quadrant_supero_externe_du_sein"}),
        ("C50", {"sein"}),
        ("C50.9", {"sein"}),
        ("C43.5", {"peau_du_tronc", "melanome"}),
        ("C44.5", {"peau_du_tronc"}),
        ("D05.1", {"sein", "carcinome_canalaire_in_situ"}),
        ("D05.0", {"sein", "carcinome_lobulaire_in_situ"}),
        ("C18.2", {"colon_ascendant"}),
        ("C18.4", {"colon_transverse"}),
        ("C19", {"charniere_rectosigmoidienne"}),
        ("C20", {"rectum"}),
        ("C61", {"prostate"}),
        ("C22.0", {"foie", "carcinome_hepatocellulaire"}),
        ("C78.7", {"foie"}),
        ("C79.5", {"os_et_articulations", "moelle_osseuse"}),
        ("C77.3", {"ganglion_de_l_aisselle_et_du_membre_superieur"}),
        ("C83.1", {"lymphome_a_cellules_du_manteau"}),
        ("D40.0", {"prostate", "tumeur_a_malignite_incertaine"}),
    ],
)
def test_icd_10_codes_say_what_they_say_and_no_more(code: str, concepts_named: set[str]) -> None:
    assert meanings("CIM-10", code) == concepts_named


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("8500/3", "carcinome_infiltrant_type_non_specifique"),
        ("8520/3", "carcinome_lobulaire_infiltrant"),
        ("8010/3", "carcinome_infiltrant"),
        ("8000/3", "tumeur_maligne"),
        ("8140/3", "adenocarcinome"),
        ("8046/3", "carcinome_non_a_petites_cellules"),
        ("8070/3", "carcinome_epidermoide"),
        ("8041/3", "carcinome_a_petites_cellules"),
        ("8720/3", "melanome"),
        ("8500/2", "carcinome_canalaire_in_situ"),
        ("8085/3", "carcinome_epidermoide_hpv_positif"),
        ("8265/3", "adenocarcinome_micropapillaire"),
        ("8483/3", "adenocarcinome_de_type_endocervical"),
    ],
)
def test_morphology_codes_mean_one_concept(code: str, concept: str) -> None:
    assert meanings("CIM-O-3", code) == {concept}


def test_a_code_whose_meaning_changed_with_the_edition_is_ambiguous() -> None:
    assert meanings("CIM-O-3", "8551/3") == {"adenocarcinome_acineux", "cystadenocarcinome_a_cellules_acineuses"}


def test_behaviour_agrees_with_the_code(lists: Path) -> None:
    """`/2` is in situ, `/3`, `/6` and `/9` malignant, `/0` benign; `/1` never malignant nor in situ."""
    allowed = {"0": "tumeur_benigne", "2": "tumeur_in_situ", "3": "tumeur_maligne", "6": "tumeur_maligne"}
    neither = {"neoplasme_neuroendocrine", "hemopathie", "carcinome", "tumeur_thymique", "tumeur_phyllode"}
    for code, named in read_index()["codes"]["CIM-O-3"].items():
        if "/" in code and code[-1] in allowed:
            assert all(below(name, allowed[code[-1]]) or any(below(name, n) for n in neither) for name in named), code
        elif code.endswith("/1"):
            assert not any(below(name, "tumeur_maligne") or below(name, "tumeur_in_situ") for name in named), code


def test_every_sai_code_says_whether_it_names_a_type(lists: Path) -> None:
    """SAI codes stand in the code table: exact where they name a type, broad where they say the want of one."""
    codes = _column(lists / "ans_Morphologie.tsv")
    labels = _column(lists / "ans_Morphologie.tsv", 2)
    said = {row.code: row.predicate for row in read_tables([FOLDER / "mappings" / "cim-o-3.sssom.tsv"])}
    unspecified = [code for code, label in zip(codes, labels, strict=True) if "SAI" in label.split()]
    assert len(unspecified) > 100
    assert [code for code in unspecified if said.get(code) not in {EXACT, BROAD}] == []
    assert said["8500/3"] == EXACT
    assert said["8520/3"] == EXACT
    assert said["8010/3"] == BROAD
    assert said["8140/3"] == BROAD
