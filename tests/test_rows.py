"""The rows of a list as one tumour sees them, and the rows that may still be missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from engine.domains import NO, YES
from engine.rowcount import count
from engine.rows import row_set
from engine.rowset import WIDE_OPEN, RowSet
from engine.sheet import read_sheet
from engine.truth import TRUE
from engine.values import Ranges, between
from tests.small import DAY, item, little, shipped


def rows(records: str = "traitements", tumour: int = 0, **body: Any) -> RowSet:
    """Return a list of a native sheet as one tumour sees it."""
    sheet = read_sheet({"tumeurs": [{"id": "t1"}], **body}, little().dictionary, little().ontology)
    assert not sheet.problems
    return row_set(item(records), sheet, sheet.tumours[tumour], DAY, little().ontology)


def mask(concept: str) -> int:
    return little().ontology.masks[concept]


def test_an_open_list_may_hold_any_row_more() -> None:
    """Nothing said, `[]` and some rows: each leaves a row possible of everything."""
    full = item("traitements").columns["concept"].leaves().full
    said_by: tuple[Any, ...] = (None, [], {"lignes": [{"concept": "folfox"}]})
    for said in said_by:
        ghosts = rows(traitements=said).ghosts
        assert [ghost.get("concept", full) for ghost in ghosts] == [full]


def test_a_complete_list_may_hold_none_more() -> None:
    """« complet » closes it."""
    assert rows(traitements={"complet": True}).ghosts == ()


def test_what_is_said_absent_or_complete_is_no_row_more() -> None:
    """The rest stays possible."""
    (ghost,) = rows(traitements={"absents": ["hormonothérapie"], "complet": ["chirurgie"]}).ghosts
    left = ghost["concept"]
    assert isinstance(left, int)
    assert not left & (mask("hormonotherapie") | mask("chirurgie"))
    assert left & mask("folfox")


def seen(records: str, said: Any) -> tuple[list[RowSet], list[str]]:
    """Return a list of the shipped dictionary as each of two tumours sees it, and the problems."""
    base = shipped().base
    body = {"tumeurs": [{"id": "t1"}, {"id": "t2"}], records: said}
    sheet = read_sheet(body, base.dictionary, base.ontology)
    found = [row_set(base.dictionary.items[records], sheet, one, DAY, base.ontology) for one in sheet.tumours]
    return found, [f"{p.code} {p.pointer}" for p in sheet.problems]


def test_what_is_said_of_one_tumour_closes_no_other_s_list() -> None:
    """EGFR absent of the first, every metastasis of it listed: the second's lists stay open."""
    (first, second), problems = seen("variants", {"absents": [{"valeur": "EGFR", "tumeur": "t1"}]})
    egfr = shipped().base.ontology.masks["EGFR"]
    assert not problems
    assert [int(ghost["gene"]) & egfr for ghost in first.ghosts] == [0]  # type: ignore[arg-type]  # leaves
    assert second.ghosts == WIDE_OPEN
    (first, second), problems = seen("metastases", {"complet": [{"valeur": True, "tumeur": "t1"}]})
    assert not problems
    assert (first.ghosts, second.ghosts) == ((), WIDE_OPEN)


def test_what_closes_the_list_of_a_tumour_that_is_not_described_closes_nothing() -> None:
    """The name is a problem; taken for « all tumours » it would say more than the document."""
    found, problems = seen("metastases", {"complet": [{"valeur": True, "tumeur": "t9"}]})
    assert problems == ["tumeur-inconnue /metastases/complet/0/tumeur"]
    assert [one.ghosts for one in found] == [WIDE_OPEN, WIDE_OPEN]


def test_what_is_absent_and_there_closes_nothing_and_what_is_absent_later_is_not_yet() -> None:
    """EGFR absent and T790M there contradict each other: both are open; an absence of tomorrow is no news today."""
    row = {"tumeur": "t1", "gene": "EGFR", "alteration": "egfr_t790m", "statut": "presente"}
    (first, _), _ = seen("variants", {"lignes": [row], "absents": ["EGFR"]})
    assert [why for _, why in first.contradictions] == ["dit absent"]
    assert not first.rows[0].certain
    assert any(int(ghost["gene"]) & gene("EGFR") for ghost in first.ghosts)  # type: ignore[arg-type]  # leaves
    coarse = {"tumeur": "t1", "statut": "presente"}
    (first, _), _ = seen("variants", {"lignes": [coarse, row], "absents": ["EGFR"]})
    assert int(first.rows[0].worlds.get("gene", gene("EGFR"))) & gene("EGFR")  # type: ignore[arg-type]  # leaves
    for said in (
        {"absents": [{"valeur": "EGFR", "date": "2030-01-01"}]},
        {"complet": [{"valeur": True, "date": "2030-01-01"}]},
    ):
        (first, _), _ = seen("variants", said)
        assert first.ghosts == WIDE_OPEN


def test_a_code_finer_than_its_concept_is_not_all_of_it_when_it_is_absent() -> None:
    """No stage 5 (N18.5) is not « no chronic kidney disease » (N18)."""
    for code, closed in (("N18.5", False), ("N18", True)):
        (first, _), problems = seen("comorbidites", {"absents": [{"systeme": "CIM-10", "code": code}]})
        assert not problems
        assert (first.ghosts != WIDE_OPEN) == closed


def test_a_list_that_is_perhaps_complete_is_open() -> None:
    """A doubt, or a reason why it is not known, closes nothing."""
    for doubt in ({"certitude": "suspecte"}, {"raison": "en_attente"}):
        (first, _), problems = seen("metastases", {"complet": [{"valeur": True, **doubt}]})
        assert not problems
        assert first.ghosts == WIDE_OPEN
        (first, _), _ = seen("variants", {"absents": [{"valeur": "EGFR", **doubt}]})
        assert first.ghosts == WIDE_OPEN


def test_a_list_of_the_patient_is_of_no_tumour() -> None:
    """There a tumour is a field unknown, in what is absent as in what is complete."""
    for key, value in (("absents", "diabete"), ("complet", True)):
        _, problems = seen("comorbidites", {key: [{"valeur": value, "tumeur": "t1"}]})
        assert problems == [f"champ-inconnu /comorbidites/{key}/0/tumeur"]


def gene(name: str) -> int:
    return shipped().base.ontology.masks[name]


def test_looked_for_and_not_there_closes_that_gene_alone() -> None:
    """EGFR absent: no EGFR row is missing but one that says so again, an ALK row may be."""
    left = left_present({"gene": "EGFR", "statut": "absente"})
    assert not left & gene("EGFR")
    assert left & gene("ALK")


def left_present(row: dict[str, Any]) -> int:
    """Return the genes of which a row that is not listed may say that a variant is there."""
    (found, _), problems = seen("variants", {"lignes": [{"tumeur": "t1", **row}]})
    assert not problems
    columns = shipped().base.dictionary.items["variants"].columns
    left = 0
    for ghost in found.ghosts:
        genes = ghost.get("gene", columns["gene"].leaves().full)
        left |= int(genes) if ghost.get("statut") != columns["statut"].leaves().find("absente") else 0  # type: ignore[arg-type]  # leaves
    return left


def test_what_is_looked_for_in_blood_closes_nothing_of_the_tissue() -> None:
    """A tumour's variant is often not found in circulating DNA; a germline one is as sure in blood as elsewhere."""
    absent = {"gene": "EGFR", "statut": "absente"}
    for open_ in ("adntc", "sang", ["primitif", "adntc"]):
        assert left_present({**absent, "prelevement": open_}) & gene("EGFR")
    for tissue in ("primitif", "metastase", ["primitif", "metastase"]):
        assert not left_present({**absent, "prelevement": tissue}) & gene("EGFR")
    columns = shipped().base.dictionary.items["variants"].columns
    germline = {
        "tumeur": "t1",
        "gene": "BRCA1",
        "statut": "absente",
        "origine": "constitutionnelle",
        "prelevement": "sang",
    }
    (found, _), _ = seen("variants", {"lignes": [germline]})
    left = [g for g in found.ghosts if int(g.get("gene", gene("BRCA1"))) & gene("BRCA1")]  # type: ignore[arg-type]  # leaves
    assert {g.get("origine") for g in left if g.get("statut") != columns["statut"].leaves().find("absente")} == {
        columns["origine"].leaves().full & ~(columns["origine"].leaves().find("constitutionnelle") or 0)
    }


def test_one_variant_looked_for_in_words_closes_nothing_of_its_gene() -> None:
    """« p.(Thr790Met) absente », « exon 18 », an alteration in doubt: L858R was perhaps never looked for."""
    doubt = {"valeur": "egfr_l858r", "certitude": "suspecte"}
    coarse = {"alteration": "egfr_mutation", "hgvs_p": "p.(Thr790Met)"}
    kinds = [
        {"classe": "pathogene"},
        {"vaf": 20},
        {"origine": {"valeur": "constitutionnelle", "certitude": "suspecte"}},
    ]
    words: list[dict[str, Any]] = [{"hgvs_p": "p.(Thr790Met)"}, {"hgvs_c": "c.2369C>T"}, {"exon": "18"}, coarse]
    for finer in (*words, *kinds, {"alteration": doubt}):
        assert left_present({"gene": "EGFR", "statut": "absente", **finer}) & gene("EGFR")
    for same in ({"hgvs_p": ""}, {"exon": None}, {"transcrit": "NM_005228.5"}):
        assert not left_present({"gene": "EGFR", "statut": "absente", **same}) & gene("EGFR")


def test_what_is_going_on_ends_after_the_day() -> None:
    """And what ended is not going on."""
    found = rows(
        traitements={
            "lignes": [
                {"concept": "folfox", "en_cours": True},
                {"concept": "folfiri", "fin": "2026-01"},
                {"concept": "chirurgie"},
            ]
        }
    ).rows
    end = found[0].worlds["fin"]
    assert end.low > DAY.toordinal()  # type: ignore[union-attr]  # a date is ranges
    assert found[1].worlds["en_cours"] == NO
    assert "en_cours" not in found[2].worlds
    assert found[0].worlds["en_cours"] == YES


def test_a_row_to_come_is_left_out_and_named() -> None:
    """Dated after the day: not a row, not forgotten."""
    found = rows(
        traitements={
            "lignes": [{"concept": "folfox", "debut": "2026-11-21"}, {"concept": "folfiri", "debut": "2026-11"}]
        }
    )
    assert (len(found.rows), found.later) == (1, ("/traitements/lignes/0",))


def test_rows_of_two_documents_are_one_when_their_key_agrees() -> None:
    """Same treatment, same start, two reports: one row that knows what both say."""

    def row(document: str, **more: Any) -> dict[str, Any]:
        return {"concept": "folfox", "debut": "2026-01-05", "origine": {"document": document}, **more}

    one = rows(traitements={"lignes": [row("a", fin="2026-06"), row("b", intention="adjuvant")]}).rows
    assert len(one) == 1
    assert {"fin", "intention"} <= set(one[0].worlds)
    assert len(rows(traitements={"lignes": [row("a"), row("a")]}).rows) == 2, "two rows of one document are two"
    assert len(rows(traitements={"lignes": [row("a"), row("b") | {"debut": "2026-02"}]}).rows) == 2


def test_which_of_two_rows_another_document_speaks_of_is_not_guessed() -> None:
    """Two rows of one document with one key, a third of another: three in whatever order, two at the least."""
    said = [{"concept": "folfox", "debut": "2026-01-05", "origine": {"document": d}} for d in ("a", "b", "a")]
    for one in (said, said[::-1], [said[0], said[2], said[1]]):
        found = rows(traitements={"lignes": one}).rows
        assert [row.documents for row in found] == [frozenset({row["origine"]["document"]}) for row in one]
        assert count(found, [TRUE] * 3, False, item("traitements")) == between(Decimal(2), Decimal(3), whole=True)


def test_rows_that_may_be_one_count_once() -> None:
    """Three named rows of three documents are three; a blank row of two more may be any of them."""

    def least(*said: tuple[str, str]) -> Decimal:
        lines = [{"origine": {"document": d}} | ({"concept": c} if c else {}) for d, c in said]
        found = rows(traitements={"lignes": lines}).rows
        return count(found, [TRUE] * len(found), False, item("traitements")).low

    three = (("a", "folfox"), ("b", "folfiri"), ("c", "chirurgie"))
    assert least(*three) == 3
    assert least(("d", ""), *three, ("e", "")) == least(*three, ("d", ""), ("e", "")) == 3
    assert least(("a", ""), ("a", ""), *three) == 3
    assert least(*((d, "") for d in "abcd" * 10)) == 10, "only the rows of one document are told apart"


def test_what_two_documents_say_otherwise_of_one_row_is_a_contradiction() -> None:
    """One treatment, two ends."""
    said = [
        {"concept": "folfox", "debut": "2026-01-05", "fin": end, "origine": {"document": document}}
        for document, end in (("a", "2026-05"), ("b", "2026-06"))
    ]
    found = rows(traitements={"lignes": said})
    assert [(row.origin(), why) for row, why in found.contradictions] == [
        ({"document": "a+b", "pointer": "/traitements/lignes/0"}, "fin : les documents se contredisent")
    ]


def test_a_row_outside_another_document_s_complete_list_is_a_contradiction_that_leaves_both_open() -> None:
    """One document lists every treatment, another has one more: neither is believed alone; the order changes nothing."""
    listed = {"concept": "folfox", "origine": {"document": "a"}}
    more = {"concept": "folfiri", "origine": {"document": "b"}}
    everything = {"valeur": True, "origine": {"document": "a"}}
    for lines in ([listed, more], [more, listed]):
        found = rows(traitements={"lignes": lines, "complet": [everything]})
        assert [(dict(row.origin())["document"], why) for row, why in found.contradictions] == [
            ("b", "hors d'une liste dite complète (a)")
        ]
        assert {row.origin()["document"]: row.certain for row in found.rows} == {"a": True, "b": False}
        assert found.ghosts
    assert not rows(traitements={"lignes": [listed], "complet": [everything]}).ghosts


def test_completeness_of_a_part_says_nothing_of_the_rest() -> None:
    """Every chemotherapy is listed: a hormone therapy of another document contradicts nothing."""
    part = {"valeur": "chimiothérapie", "origine": {"document": "a"}}
    other = {"concept": "hormonotherapie", "origine": {"document": "b"}}
    assert not rows(traitements={"lignes": [other], "complet": [part]}).contradictions
    folfox = {"concept": "folfox", "origine": {"document": "b"}}
    assert len(rows(traitements={"lignes": [folfox], "complet": [part]}).contradictions) == 1


def test_a_contradiction_names_the_document_that_says_absent() -> None:
    absent = {"valeur": "chimiothérapie", "origine": {"document": "a"}}
    found = rows(traitements={"lignes": [{"concept": "folfox", "origine": {"document": "b"}}], "absents": [absent]})
    assert [why for _, why in found.contradictions] == ["dit absent (a)"]


def test_present_and_absent_is_a_contradiction_that_leaves_the_row_open() -> None:
    """« aucune chimiothérapie » and a FOLFOX row."""
    found = rows(traitements={"lignes": [{"concept": "folfox"}], "absents": ["chimiothérapie"]})
    assert [(row.pointer, why) for row, why in found.contradictions] == [("/traitements/lignes/0", "dit absent")]
    assert [row.certain for row in found.rows] == [False]


def test_a_suspected_row_is_a_row_that_may_not_be() -> None:
    """It is kept, uncertain."""
    (row,) = rows("comorbidites", comorbidites=[{"concept": "thrombose", "certitude": "suspecte"}]).rows
    assert not row.certain


def test_a_row_not_named_is_none_of_what_is_said_absent() -> None:
    """A treatment of which nothing is known, where no chemotherapy was given, is no chemotherapy."""
    (row,) = rows(traitements={"lignes": [{}], "absents": ["chimiothérapie"]}).rows
    left = row.worlds["concept"]
    assert isinstance(left, int)
    assert left
    assert not left & mask("chimiotherapie")


def test_what_may_have_begun_has() -> None:
    """« 2026-11 » in a sheet of 20 November is a day up to the 20th."""
    (row,) = rows(traitements={"lignes": [{"concept": "folfox", "debut": "2026-11"}]}).rows
    start = row.worlds["debut"]
    assert isinstance(start, Ranges)
    assert (start.low, start.high) == (date(2026, 11, 1).toordinal(), DAY.toordinal())
