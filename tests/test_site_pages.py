"""The pages on the base: each site's rules in plain French with their coverage, and what is not yet encoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.decide import Services
from api.evaluate import Service
from api.store import Store
from api.web import sites
from api.web.book import LeftOut, books, left_out_of
from api.words.labels import LANGUAGES
from engine.coverage import coverage_of
from engine.inventory import SITES, TRANSVERSAL
from engine.snapshot import Base
from tests.small import little, rules
from tests.test_page import HOSTILE, Outline, words

RULE = """
- id: R
  titre: FOLFOX si l'état général le permet
  si: ["oms <= 1 et menopause = oui", "documenté(re_pct)"]
  alors: {au choix: [{proposer: FOLFOX, intention: adjuvant, dose: "85 mg/m²", si: "cT = T2"}, surveillance]}
  acces: {amm: [{etat: oui, si: "age >= 18 ans", source: EMA, date: 2024-05}]}
  extrait: {section: "page 12", url: "https://example.org/texte"}
  confiance: moyenne
  note: Le seuil est à relire.
  sauf: [{id: E, titre: Sauf âge, si: "age >= 75 ans"}]
  cas:
    - {fiche: {topographie: sein, oms: 1, menopause: oui, re_pct: 90}, attendu: s'applique sauf réserve}
    - {fiche: {topographie: sein, oms: 3, menopause: oui, re_pct: 90}, attendu: ne s'applique pas}
    - {fiche: {topographie: côlon}, attendu: ne s'applique pas}
"""
TRIAL = """
essai: NCT1
acronyme: ESSAI-1
titre: t
source: {titre: s}
statut: à valider
population: "topographie est « sein »"
criteres: [{id: a, genre: exclusion, etat: non encodé, texte: "Lésion jugée instable"}, {id: b, genre: inclusion, texte: t, si: "oms <= 1"}]
"""


def base(rule: str = RULE) -> Base:
    """Return a base of one question of the breast, with a trial."""
    return little(rules(rule, "mien").replace("posee_si: vrai", 'posee_si: "topographie est « sein »"'), TRIAL)


def served(folder: Path, known: Base) -> FlaskClient:
    """Return a client of a small base."""
    store = Store(f"sqlite:///{folder}/pages.sqlite3")
    services = Services(Service(known), known.files, store, lambda texts: Service(Base.read(texts)))
    return create_app({"SERVICES": services}).test_client()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return served(tmp_path_factory.mktemp("pages"), base())


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("shipped")
    return create_app({"DATABASE": f"sqlite:///{folder}/pages.sqlite3"}).test_client()


def card(client: FlaskClient) -> str:
    """Return what is read on the card of the rule."""
    page = client.get("/sites/sein").text
    found = page[page.index('<article class="rec" id="R"') :]
    return words(found[: found.index("</article>")])


def test_a_rule_is_said_in_plain_french_and_as_printed(client: FlaskClient) -> None:
    said = card(client)
    assert "Indice de performance ≤ 1 et ménopause = oui" in said
    assert "oms <= 1 et menopause = oui" in said
    assert "Au choix" in said
    assert re.search(r"proposer \w+ adjuvant dose 85 mg/m² si cT = T2", said, re.IGNORECASE)
    assert "Sauf Sauf âge E" in said
    assert "AMM oui si Âge ≥ 18 ans 05/2024 EMA" in said


def test_a_rule_has_its_source_status_confidence_and_note(client: FlaskClient) -> None:
    said = card(client)
    assert "Essai , édition 2026, page 12 · Essai" in said
    assert 'href="https://example.org/texte"' in client.get("/sites/sein").text
    assert "à valider encodage : confiance moyenne" in said
    assert "Le seuil est à relire." in said
    assert "knowledge/0.yaml:" in said


def test_a_rule_has_its_cases_and_what_they_do_not_show(client: FlaskClient) -> None:
    said = card(client)
    assert "Cas : 3, comparaisons vues des deux côtés : 1 sur 3" in said
    assert "jamais indéterminée" in said
    assert "oms <= 1 vu des deux côtés" in said
    assert "menopause = oui jamais faux" in said
    assert "documenté(re_pct) jamais inconnu" in said


def test_when_a_question_is_posed_is_covered_too(client: FlaskClient) -> None:
    said = words(client.get("/sites/sein").text)
    assert "La question se pose si Siège est « sein »" in said
    assert "Cas : 3, comparaisons vues des deux côtés : 1 sur 1" in said


def test_what_is_not_yet_encoded_is_told(client: FlaskClient) -> None:
    page = client.get("/sites/sein").text
    said = words(page[page.index('id="unencoded"') :])
    assert "Questions encodées en partie Question" in said
    assert "ESSAI-1 NCT1 (1) a Lésion jugée instable" in said
    assert "stade pronostique AJCC du sein" in said


def test_a_fact_left_out_belongs_to_the_site_of_its_rule_or_of_its_words() -> None:
    facts = left_out_of(
        "# T\n\n| f | r | w |\n|---|---|---|\n| un fait | R | à lire |\n| autre | X9, Z | – |\n| au côlon | – | – |\n"
    )
    assert facts == (LeftOut("un fait", "R", "à lire"), LeftOut("autre", "X9, Z", "–"), LeftOut("au côlon", "–", "–"))
    known = base()
    found = books(known, coverage_of(known), facts)
    assert [fact.fact for fact in found["sein"].left_out] == ["un fait"]
    assert [fact.fact for fact in found["colon"].left_out] == ["au côlon"]
    assert found[TRANSVERSAL].left_out == ()


def test_the_page_on_coverage_counts_by_site_and_lists_what_is_missing(client: FlaskClient) -> None:
    said = words(client.get("/couverture").text)
    assert "contenu à valider, aide à la RCP" in said
    assert re.search(r"Sein 0 % 0/2 25 % 1/4 100 % 1/1 1/1 1", said)
    assert re.search(r"R Ménopause = oui jamais faux knowledge/0.yaml:\d+", said)
    assert "Poids poids" in said
    assert "traitement (" in said
    assert "prise en charge du pertuzumab" in said


def test_the_frame_is_in_english_and_content_stays_french(client: FlaskClient) -> None:
    for path, heading in (("/couverture", "What the base covers"), ("/sites/sein", "What is not yet encoded")):
        page = client.get(f"{path}?lang=en").text
        assert '<html lang="en">' in page
        assert heading in page
        assert "content to be validated" in page
    assert '<article class="rec" id="R" tabindex="-1" lang="fr">' in page


def test_a_site_is_found_accents_and_case_aside_or_the_nearest_named(client: FlaskClient) -> None:
    assert client.get("/sites/Côlon").status_code == 200
    missing = client.get("/sites/seins")
    assert missing.status_code == 404
    assert "sein" in missing.text


def test_the_main_page_leads_there(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'href="/couverture?lang=fr"' in page[page.index("<footer") :]


def test_a_base_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Base] = []
    monkeypatch.setattr("api.coverage.coverage_of", lambda known: counted.append(known) or coverage_of(known))
    other = served(tmp_path, base())
    first = other.get("/sites/sein").text
    other.get("/couverture")
    assert other.get("/sites/sein").text == first
    assert len(counted) == 1


def test_pages_are_written_anew_when_the_day_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = served(tmp_path, base())
    today = sites.today_in_paris()
    assert "plus de deux ans" not in words(other.get("/sites/sein").text)
    monkeypatch.setattr(sites, "today_in_paris", lambda: today.replace(year=today.year + 9))
    assert "plus de deux ans" in words(other.get("/sites/sein").text)


def test_everything_is_escaped(tmp_path: Path) -> None:
    hostile = HOSTILE.replace('"', "'").replace("'", "''")
    page = served(tmp_path, base(RULE.replace("Le seuil est à relire.", f"'{hostile}'"))).get("/sites/sein").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def pages(client: FlaskClient, known: tuple[str, ...]) -> Iterator[str]:
    for path in ("/couverture", *(f"/sites/{site}" for site in known)):
        for language in LANGUAGES:
            response = client.get(f"{path}?lang={language}")
            assert response.status_code == 200, path
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            assert response.headers["Cache-Control"] == "no-store"
            yield response.text


def test_every_shipped_page_is_well_built(shipped: FlaskClient) -> None:
    for page in pages(shipped, (*SITES, TRANSVERSAL)):
        outline = Outline(page)
        assert not outline.open
        assert not outline.crossed
        assert outline.levels[0] == 1
        assert outline.levels.count(1) == 1
        assert not [one for one, other in zip(outline.levels, outline.levels[1:], strict=False) if other > one + 1]
        assert len(outline.ids) == len(set(outline.ids)), sorted(i for i in outline.ids if outline.ids.count(i) > 1)
        assert outline.targets <= set(outline.ids)
        assert page.count("<main") == 1
        assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=", page)
