"""The page says what the answer says, in both languages, escapes everything and keeps nothing."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import library
from api.app import create_app
from api.decide import Services
from api.evaluate import Service
from api.store import Store
from api.web.lines import line_of, lines_of
from api.words.labels import LANGUAGES, TEXTS, say_in
from api.words.speech import Speech, joined
from api.words.telling import Telling, marked
from api.words.why import flat
from engine.snapshot import Base
from tests.conftest import ROOT
from tests.small import little, rules

SEIN_A = library.examples()["sein-a"]
JENNY = "data/fiches/mcode/Bundle-mcode-patient-bundle-jenny-m.json"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("page")
    return create_app({"DATABASE": f"sqlite:///{folder}/page.sqlite3", "MAX_CONTENT_LENGTH": 400_000}).test_client()


@pytest.fixture(scope="module")
def base() -> Base:
    return library.load()


def post(client: FlaskClient, **form: object) -> TestResponse:
    return client.post("/", data=form, content_type="multipart/form-data")


def words(page: str) -> str:
    """Return what is read on a page, without marks and doubled spaces."""
    bare = re.sub(r"<(script|style|textarea).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def changed(**fields: object) -> str:
    """Return example A with fields of its first tumour changed."""
    sheet = json.loads(SEIN_A)
    sheet["tumeurs"][0] |= fields
    return json.dumps(sheet, ensure_ascii=False, indent=1)


class Outline(HTMLParser):
    """Notes headings, ids, labels, links within the page, and elements that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name) for name in found]
        self.open += [] if tag in VOID else [tag]
        self.levels += [int(tag[1])] if re.fullmatch(r"h[1-6]", tag) else []
        self.ids += [found["id"]] if "id" in found else []
        self.targets |= {found["href"][1:]} if found.get("href", "").startswith("#") else set()
        self.labelled |= {found["for"]} if tag == "label" else set()
        if tag in ("select", "textarea") or (tag == "input" and found.get("type") != "hidden"):
            self.fields.add(found.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.crossed.append(tag)


# --- the form ---


def test_the_form_offers_every_example_and_every_region(client: FlaskClient) -> None:
    page = client.get("/").text
    for name in library.examples():
        assert f'name="example" value="{name}"' in page
    assert page.count('<option value="FR-') == 18
    assert "Évaluer une fiche RCP" in page
    assert '<html lang="fr">' in page


def test_the_form_is_in_english_too(client: FlaskClient) -> None:
    page = client.get("/?lang=en").text
    assert '<html lang="en">' in page
    assert "Evaluate a tumour board sheet" in page


def test_an_unknown_language_is_french(client: FlaskClient) -> None:
    assert '<html lang="fr">' in client.get("/?lang=xx").text


# --- the answer ---


@pytest.fixture(scope="module")
def answer(client: FlaskClient) -> str:
    response = post(client, example="sein-a")
    assert response.status_code == 200
    return str(response.text)


def test_the_head_says_what_it_is_when_where_and_from_what(answer: str, client: FlaskClient) -> None:
    said = words(answer)
    assert "contenu à valider, aide à la RCP" in said
    assert "20 novembre 2026" in said
    assert "Grand Est (FR-GES)" in said
    headers = post(client, example="sein-a").headers
    assert headers["Oncorules-Decision"][:8] in said
    assert headers["Oncorules-Snapshot"][:8] in said


def test_what_applies_has_its_verdict_in_words_its_source_and_its_grade(answer: str) -> None:
    card = answer[answer.index('id="t1-S04"') :]
    said = words(card[: card.index("</article>")])
    assert "s'applique" in said
    assert "inhibiteur de l'aromatase" in said
    assert "durée 5 ans" in said
    assert "grade A" in said
    assert "édition 11/2025" in said
    assert "à valider" in said
    assert 'href="https://' in card


def test_why_is_in_words_of_the_clinic_with_the_value_and_its_origin(answer: str) -> None:
    card = answer[answer.index('id="t1-S04"') :]
    why = words(card[card.index("<summary>Pourquoi") : card.index("</article>")])
    assert "Topographie est « sein » lu quadrant supéro-externe du sein" in why
    assert "/tumeurs/0/topographie" in why
    assert "statut_rh" not in why
    assert "Récepteurs hormonaux = positif" in why


def test_what_is_missing_stands_with_the_undetermined(answer: str) -> None:
    card = answer[answer.index('id="t1-S07"') :]
    said = words(card[: card.index("</article>")])
    assert said.index("indéterminée") < said.index("Il manque")
    assert "HER2, hybridation in situ examen" in said
    assert "Plan si elle s'applique" in said


def test_posed_questions_come_before_open_ones(answer: str) -> None:
    assert answer.index('id="t1-S04"') < answer.index("Questions encore ouvertes") < answer.index('id="t1-S07"')


def test_a_replaced_rule_says_by_whom_and_why(answer: str) -> None:
    rule = answer[answer.index('id="t1-X10-g8"') :]
    said = words(rule[: rule.index("</details>")])
    assert "remplacée" in said
    assert "NEON-g8" in said
    assert "La région dépiste à partir de 70 ans" in said
    assert "Le texte national aurait donné" in said


def test_one_checklist_has_what_blocks_first(answer: str) -> None:
    table = answer[answer.index('id="t1-checklist"') : answer.index('id="t1-ask"')]
    first = words(table[table.index("<tbody>") : table.index("</tr>", table.index("<tbody>"))])
    assert "à faire" in first
    assert "bloquant" in first
    assert "uracilémie" in first
    assert answer.count('class="stack checklist"') == 1


def test_what_to_ask_says_what_each_answer_would_change(answer: str) -> None:
    said = words(answer[answer.index('id="t1-ask"') : answer.index('id="t1-trials"')])
    assert "Quel est le résultat de l'hybridation in situ (ISH) ?" in said
    assert re.search(r"positif ✗?\s*ne s'applique pas Ribociclib|positif ne s'applique pas", said)


def test_trials_say_verdict_recruitment_and_coverage(answer: str) -> None:
    said = words(answer[answer.index('id="t1-trials"') : answer.index('id="t1-data"')])
    assert "possible ASTER 70s" in said
    assert "fermé" in said
    assert "critères encodés sur" in said


def test_data_have_value_date_and_origin(answer: str) -> None:
    said = words(answer[answer.index('id="t1-data"') :])
    assert "Taille pathologique 34 mm /tumeurs/0/taille_p" in said
    assert "10/11/2026 10 jours" in said
    assert "Âge 72 ans d'après Date de naissance" in said


def test_a_near_miss_says_what_would_make_it_apply(client: FlaskClient) -> None:
    said = words(post(client, example="sein-b").text)
    assert "Proches, mais ne s'appliquent pas" in said
    assert "s'appliquerait si cN = N0" in said


def test_two_tumours_stand_apart_and_contradictions_come_first(client: FlaskClient) -> None:
    page = post(client, example="deux-tumeurs").text
    assert page.index('id="t1-contradictions"') < page.index('id="t1-questions"') < page.index('id="t2"')
    said = words(page[page.index('id="t1-contradictions"') : page.index('id="t1-questions"')])
    assert "Stade clinique : IIIC fiche /tumeurs/0/stade_c contre IIIB calculé" in said
    assert "Infinity" not in page
    assert "Hors champ" in words(page[page.index('id="t2"') :])


@pytest.mark.parametrize("name", library.examples())
def test_an_answer_in_english_keeps_french_marked_as_french(client: FlaskClient, name: str) -> None:
    page = post(client, example=name, lang="en").text
    assert '<html lang="en">' in page
    said = words(page)
    assert "content to be validated" in said
    assert "In short" in said
    assert re.search(r'<h5><span lang="fr">', page) or "Out of scope" in said
    for french in ("Pourquoi", "Il manque", "s'applique sauf", "indéterminée", "ne s'applique pas"):
        assert french not in re.sub(r'<(\w+)[^>]* lang="fr"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)


def test_the_switch_keeps_the_sheet(client: FlaskClient) -> None:
    page = post(client, sheet=SEIN_A, lang="fr", switch="en").text
    assert '<html lang="en">' in page
    assert 'name="switch" value="fr"' in page
    assert "Answer for the tumour board" in page


def test_day_and_region_are_those_asked(client: FlaskClient) -> None:
    said = words(post(client, sheet=SEIN_A, as_of="2026-12-01", region="FR-BRE").text)
    assert "1er décembre 2026 jour demandé" in said
    assert "Bretagne (FR-BRE)" in said
    assert "X10-g8" not in said or "remplacée G8" not in said


def test_national_rules_only_is_a_choice(client: FlaskClient) -> None:
    said = words(post(client, sheet=SEIN_A, region="FR").text)
    assert "règles nationales seules" in said
    assert "NEON-g8" not in said


FRCP = (Path(__file__).parent / "fixtures" / "cda" / "frcp.xml").read_text(encoding="utf-8")


def test_a_cda_document_is_pasted_or_given_as_a_file(client: FlaskClient) -> None:
    for given in ({"sheet": FRCP}, {"file": (io.BytesIO(FRCP.encode()), "fiche.xml")}):
        page = post(client, **given)
        assert page.status_code == 200
        assert "Proposition de la RCP" in page.text
        assert "ClinicalDocument" in page.text


@pytest.mark.parametrize(("form", "begins"), [("pdf", b"%PDF-"), ("html", b"<!doctype html>"), ("frcp", b"<?xml")])
def test_the_answer_is_given_for_the_file(client: FlaskClient, form: str, begins: bytes) -> None:
    """From the answer's page, with the sheet that its form keeps."""
    page = post(client, sheet=SEIN_A)
    assert f'name="as" value="{form}"' in page.text
    given = post(client, sheet=SEIN_A, **{"as": form})
    assert given.data.startswith(begins)
    assert given.headers["Oncorules-Decision"] == page.headers["Oncorules-Decision"]
    assert post(client, sheet="{", **{"as": form}).status_code == 422


def test_several_files_of_one_person_are_one_sheet_that_the_form_keeps(client: FlaskClient) -> None:
    """Refused while nothing says that the person is one; then the sheet they are stands in the form, and asks the same."""

    def files() -> list[tuple[io.BytesIO, str]]:
        return [(io.BytesIO(FRCP.encode()), "DURAND.xml"), (io.BytesIO(SEIN_A.encode()), "b.json")]

    refused = post(client, file=files())
    assert refused.status_code == 422
    assert "patient-non-etabli" in refused.text or "aucun identifiant de patient" in refused.text
    page = post(client, file=files(), same_patient="1")
    assert page.status_code == 200
    assert "DURAND" not in page.text
    kept = unescape(page.text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0])
    assert [leaf["origine"]["document"] for leaf in json.loads(kept)["patient"]["sexe"]] == ["document-1", "document-2"]
    again = post(client, sheet=kept)
    assert again.headers["Oncorules-Decision"] == page.headers["Oncorules-Decision"]


def test_a_file_is_read_and_kept_in_the_form(client: FlaskClient) -> None:
    page = post(client, file=(io.BytesIO(SEIN_A.encode()), "fiche.json")).text
    assert "Hormonothérapie cinq ans" in page
    assert "exemple-sein-a" in page[page.index("<textarea") : page.index("</textarea>")]


# --- refusals ---


def test_every_problem_stands_with_its_pointer_and_line_and_the_text_is_kept(client: FlaskClient) -> None:
    text = changed(re_pct=900, topographie="coeurr", inconnu=1)
    response = post(client, sheet=text)
    assert response.status_code == 422
    said = words(response.text)
    for pointer in ("/tumeurs/0/re_pct", "/tumeurs/0/topographie", "/tumeurs/0/inconnu"):
        assert pointer in said
    lines = text.split("\n")
    number = next(n for n, line in enumerate(lines, 1) if '"re_pct"' in line)
    assert f'data-line="{number}"' in response.text
    assert "vouliez-vous dire" in said
    kept = response.text[response.text.index("<textarea") : response.text.index("</textarea>")]
    assert unescape(kept).endswith(text)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"sheet": "{,"}, "ce n'est pas du JSON : ligne 1"),
        ({"sheet": ""}, "aucune fiche n'est donnée"),
        ({"sheet": "[]"}, "objet JSON"),
        ({"example": "none"}, "cet exemple n'existe pas"),
        ({"sheet": SEIN_A, "as_of": "demain"}, "demain n'est pas une date"),
        ({"sheet": SEIN_A, "region": "FR-XXX"}, "région FR-XXX inconnue"),
        ({"sheet": "[" * 5000}, "emboîté"),
        ({"sheet": '{"resourceType": "Observation"}'}, "FHIR"),
        ({"file": (io.BytesIO(b"\xff\xfe{}"), "fiche.json")}, "UTF-8"),
    ],
)
def test_wrong_input_is_refused_in_words(client: FlaskClient, form: dict[str, object], said: str) -> None:
    response = post(client, **form)
    assert response.status_code == 422
    assert said in words(response.text).replace("`", "") or "json" in words(response.text)
    assert 'id="problems"' in response.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30"])
def test_no_day_breaks_the_page(client: FlaskClient, day: str) -> None:
    assert post(client, sheet=SEIN_A, as_of=day).status_code in (200, 422)


def test_a_document_too_large_is_refused_in_words(client: FlaskClient) -> None:
    response = post(client, sheet="x" * 450_000)
    assert response.status_code == 413
    assert "trop grand" in words(response.text)


# --- escaping, identity, safety of the page ---

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_everything_is_escaped(client: FlaskClient) -> None:
    shown = post(client, sheet=changed(libelle=HOSTILE)).text
    refused = post(client, sheet=changed(**{HOSTILE: 1}, topographie=HOSTILE), as_of=HOSTILE, region=HOSTILE).text
    broken = post(client, sheet="</textarea>" + HOSTILE).text
    for page in (shown, refused, broken):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert page.count("</textarea>") == 1
    assert "&lt;script&gt;" in shown


def test_identity_is_shown_nowhere_but_in_the_sheet_itself(client: FlaskClient, shared: Path) -> None:
    text = (shared / JENNY).read_text(encoding="utf-8")
    response = post(client, sheet=text, region="FR-GES")
    assert response.status_code == 200
    outside = re.sub(r"<textarea.*?</textarea>", "", response.text, flags=re.DOTALL)
    patient = next(e["resource"] for e in json.loads(text)["entry"] if e["resource"]["resourceType"] == "Patient")
    names = [part for name in patient["name"] for part in (name.get("family"), *name.get("given", ())) if part]
    places = [part for each in patient.get("address", ()) for part in (*each.get("line", ()), each.get("city"))]
    for identity in [*(name for name in names if len(name) > 2), *filter(None, places)]:
        assert identity not in outside


def test_a_bundle_shows_its_contradiction_and_what_could_not_be_read(client: FlaskClient, shared: Path) -> None:
    text = (shared / JENNY).read_text(encoding="utf-8")
    said = words(post(client, sheet=text, region="FR-GES").text)
    assert re.search(r"Stade clinique : IIIC .* contre IIB ", said)
    assert "3000 10*3/uL est impossible pour pnn" in said
    assert "éléments sans place dans la fiche" in said


def test_a_wrong_sheet_is_not_quoted_outside_the_text(client: FlaskClient) -> None:
    sheet = json.loads(SEIN_A)
    sheet["patient"]["nom"] = "Dupontel"
    page = post(client, sheet=json.dumps(sheet)).text
    assert "Dupontel" not in re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client: FlaskClient, answer: str) -> None:
    response = client.get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    for page in (response.text, answer):
        assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?|png)"', page)


@pytest.mark.parametrize("name", ["page.css", "page.js", "icon.svg"])
def test_style_and_script_are_served(client: FlaskClient, name: str) -> None:
    with client.get(f"/static/{name}") as response:
        assert response.status_code == 200
    text = (ROOT / "api/web/static" / name).read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text


# --- structure ---


def pages(client: FlaskClient) -> Iterator[str]:
    yield client.get("/").text
    yield post(client, sheet="{,").text
    for name in library.examples():
        for language in LANGUAGES:
            yield post(client, example=name, lang=language).text


def test_headings_are_in_order_links_lead_somewhere_and_fields_have_labels(client: FlaskClient) -> None:
    for page in pages(client):
        outline = Outline(page)
        assert not outline.open
        assert not outline.crossed
        assert outline.levels[0] == 1
        assert outline.levels.count(1) == 1
        jumps = [
            (one, other) for one, other in zip(outline.levels, outline.levels[1:], strict=False) if other > one + 1
        ]
        assert not jumps
        assert len(outline.ids) == len(set(outline.ids)), sorted(i for i in outline.ids if outline.ids.count(i) > 1)
        assert outline.targets <= set(outline.ids)
        assert outline.fields <= outline.labelled
        assert page.count("<main") == 1


def test_each_arm_of_a_trial_has_its_own_place(tmp_path: Path) -> None:
    arm = '{{id: {0}, titre: {0}, criteres: [{{id: {0}1, genre: inclusion, texte: t, si: "oms <= 1"}}]}}'
    trial = (
        'essai: NCT1\ntitre: t\nsource: {titre: s}\nstatut: à valider\npopulation: "topographie est « sein »"\n'
        f"criteres: []\nbras: [{arm.format('A')}, {arm.format('B')}]\n"
    )
    known = little(rules('- {id: R, titre: t, si: "oms <= 1", alors: surveillance}'), trial)
    services = Services(
        Service(known), known.files, Store(f"sqlite:///{tmp_path}/a.sqlite3"), lambda texts: Service(Base.read(texts))
    )
    sheet = json.dumps({"schema": "fiche-rcp/1", "tumeurs": [{"id": "t1", "topographie": "sein"}]})
    outline = Outline(post(create_app({"SERVICES": services}).test_client(), sheet=sheet).text)
    assert {"t1-NCT1", "t1-NCT1-B"} <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.targets <= set(outline.ids)


def test_every_label_is_said_in_both_languages() -> None:
    for key, texts in TEXTS.items():
        assert all(text.strip() for text in texts), key
        assert set(re.findall(r"{\w+}", texts[0])) == set(re.findall(r"{\w+}", texts[1])), key


def test_a_label_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        say_in("fr")("page.nowhere")


# --- the small parts ---


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("age >= 70 ans et g8 <= 14", "Âge ≥ 70 ans et score G8 ≤ 14", "Age ≥ 70 years and G8 score ≤ 14"),
        ("cT parmi (T1, T2)", "cT parmi (T1, T2)", "cT one of (T1, T2)"),
        ("topographie est « sein »", "Topographie est « sein »", "Topography is “breast”"),
        ("creatinine <= 1,5 × LSN", "Créatinine ≤ 1,5 × LSN", "Creatinine ≤ 1.5 × LSN"),
        ("menopause = non", "Ménopause = non", "Menopause = no"),
        (
            "au moins un comorbidite où (concept est « pneumopathie interstitielle diffuse » et actif = oui)",
            "au moins une comorbidité où (affection est « pneumopathie interstitielle diffuse » et active = oui)",
            "at least one comorbidity where (condition is “interstitial lung disease” and active = yes)",
        ),
        ("ceci § n'est pas lisible", "ceci § n'est pas lisible", "ceci § n'est pas lisible"),
    ],
)
def test_conditions_are_said_in_words(base: Base, text: str, french: str, english: str) -> None:
    assert Speech(base.dictionary, base.ontology, "fr").condition(text) == french
    assert Speech(base.dictionary, base.ontology, "en").condition(text) == english


@pytest.mark.parametrize(
    ("text", "join"),
    [
        ("a = 1 et b = 2", "all"),
        ("a = 1 ou (b = 2 et c = 3)", "any"),
        ("a entre 1 et 2", ""),
        ("a entre 1 et 2 et b = 3", "all"),
        ("au moins un traitement où (contient « x » et en_cours = oui)", ""),
        ("si a = 1 alors b = 2", ""),
    ],
)
def test_how_a_condition_joins_its_parts(text: str, join: str) -> None:
    assert joined(text) == join


def test_an_explanation_has_no_needless_levels() -> None:
    leaf = {"truth": "true", "text": "a = 1"}
    other = {"truth": "unknown", "text": "b = 2"}
    inner = {"truth": "unknown", "text": "a = 1 et b = 2", "nodes": [leaf, other]}
    root = {"truth": "unknown", "text": "", "nodes": [inner, leaf, {"truth": "true", "text": "vrai"}]}
    assert [each["text"] for each in flat(root, joined)["nodes"]] == ["a = 1", "b = 2"]


def test_a_pointer_has_the_line_it_begins_on() -> None:
    text = '{\n  "a": [\n    1,\n    {"b/c": "x, y"}\n  ],\n  "d": {\n    "e": null}\n}'
    lines = lines_of(text)
    assert (lines["/a"], lines["/a/0"], lines["/a/1"], lines["/a/1/b~1c"]) == (2, 3, 4, 4)
    assert lines["/d/e"] == 7
    assert line_of(lines, "/d/e/missing") == 7
    assert line_of(lines, "", "ce n'est pas du JSON : ligne 3, colonne 1") == 3
    assert line_of(lines, "/nowhere") is None


@pytest.mark.parametrize("text", ["", "]", "}{", '{"a', "[[[,,,", '{"a": {"b": ]}'])
def test_lines_of_what_is_not_json_raise_nothing(text: str) -> None:
    lines_of(text)


def test_dates_ages_and_reasons_are_said(base: Base) -> None:
    french, english = Telling(base, "fr"), Telling(base, "en")
    assert french.value("2026-11-20") == "20/11/2026"
    assert english.value("2026-11") == "Nov 2026"
    assert french.long_date("2026-02-01") == "1er février 2026"
    assert [french.age(days) for days in (0, 1, 10, 100, 800, None)] == [
        "le jour même", "la veille", "10 jours", "3 mois", "2 ans", "",
    ]  # fmt: skip
    assert french.reason("datée du 2018-04-12") == "trop ancien, du 12/04/2018"
    assert english.duration("5 ans") == "5 years"


def test_words_between_backticks_are_code_and_escaped() -> None:
    assert marked("champ `<b>` inconnu") == "champ <code>&lt;b&gt;</code> inconnu"
    assert marked("un ` seul <") == "un ` seul &lt;"
