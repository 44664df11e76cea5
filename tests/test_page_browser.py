"""The page in a real browser against a real server: what a clinician does in a meeting, with the keyboard too."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import library
from tests.benchmarks.server import running

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE = 30_000  # milliseconds: tests share the machine


def chromium() -> str | None:
    """Return where a Chromium is, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("ONCORULES_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(str(tmp_path_factory.mktemp("browser"))) as server:
        yield server.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="browser: playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("browser: no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Return a page that fails the test on any error of its script or breach of its policy."""
    context = browser.new_context(viewport=WIDE, locale="fr-FR")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if _is_wrong(message) else None)
    yield opened
    context.close()
    assert not wrong


def _is_wrong(message: Any) -> bool:
    """A refused sheet is answered 422, which the browser notes as an error of its own."""
    return message.type == "error" and "status of 4" not in message.text


def evaluate(page: Any, address: str, example: str, language: str = "fr") -> None:
    page.goto(f"{address}/?lang={language}")
    page.click(f"button[value={example}]")
    page.wait_for_selector(".answer-head")


def overflows(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_an_example_is_evaluated_and_read(page: Any, address: str) -> None:
    evaluate(page, address, "sein-a")
    card = page.locator("#t1-S04")
    assert card.locator(".verdict").first.inner_text() == "s'applique"
    assert "inhibiteur de l'aromatase" in card.inner_text()
    assert page.locator("#t1-checklist tbody tr").first.locator(".todo").inner_text() == "à faire"
    assert "hybridation in situ" in page.locator("#t1-ask").inner_text()
    assert "ASTER 70s" in page.locator("#t1-trials").inner_text()
    assert "contenu à valider" in page.locator(".notice").first.inner_text()


def test_the_why_opens_by_keyboard(page: Any, address: str) -> None:
    evaluate(page, address, "sein-a")
    why = page.locator("#t1-S04 details.why")
    assert not why.locator(".tree").is_visible()
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    assert why.locator(".tree").is_visible()
    assert "Topographie est « sein »" in why.inner_text()


def test_every_step_of_the_form_is_reached_by_keyboard(page: Any, address: str) -> None:
    page.goto(address)
    reached, outlined = [], {}
    for _ in range(20):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[[document.activeElement.name, document.activeElement.className].join(' ').trim(),"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        reached.append(name)
        outlined[name] = outlined.get(name, False) or outline != "none"  # the calendar in a date is outlined by itself
    for name in ("skip", "example", "sheet", "file", "same_patient", "as_of", "region", "main"):
        assert any(name in each.split() for each in reached), name
    assert all(outlined.values()), outlined


def test_enter_in_a_field_evaluates_and_keeps_the_language(page: Any, address: str) -> None:
    page.goto(address)
    page.fill("#sheet-text", library.examples()["sein-b"])
    page.focus("#region")
    page.select_option("#region", "FR-GES")
    page.focus("#as-of")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer-head")
    assert page.get_attribute("html", "lang") == "fr"
    assert "Grand Est" in page.locator(".facts").first.inner_text()


def test_the_language_is_switched_with_the_sheet_kept(page: Any, address: str) -> None:
    evaluate(page, address, "sein-a")
    page.click(".switch button")
    page.wait_for_selector("html[lang=en] .answer-head")
    assert page.locator("#t1-S04 .verdict").first.inner_text() == "applies"
    page.click(".switch button")
    page.wait_for_selector("html[lang=fr] .answer-head")


def test_a_link_into_something_folded_opens_it(page: Any, address: str) -> None:
    evaluate(page, address, "sein-a")
    link = page.locator("#t1-checklist a[href='#t1-X02']").first
    link.click()
    assert page.locator("#t1-X02 .tree").is_visible()


def test_wrong_input_is_shown_beside_the_text_which_is_kept(page: Any, address: str) -> None:
    text = library.examples()["sein-a"].replace('"pT": "T2"', '"pT": "T22"')
    page.goto(address)
    page.fill("#sheet-text", text)
    page.click("button.main")
    page.wait_for_selector("#problems")
    assert "/tumeurs/0/pT" in page.locator("#problems").inner_text()
    assert page.input_value("#sheet-text") == text
    page.click("#problems a[data-line]")
    selected = page.evaluate(
        "(() => { const t = document.getElementById('sheet-text'); return t.value.slice(t.selectionStart, t.selectionEnd); })()"
    )
    assert '"pT": "T22"' in selected
    assert page.evaluate("document.activeElement.id") == "sheet-text"


def test_a_file_is_evaluated(page: Any, address: str, tmp_path: Path) -> None:
    path = tmp_path / "fiche.json"
    path.write_text(library.examples()["sein-b"], encoding="utf-8")
    page.goto(address)
    page.set_input_files("#sheet-file", path)
    page.click("button.main")
    page.wait_for_selector("#t1-S09")


def test_all_is_said_without_a_script(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    opened = context.new_page()
    evaluate(opened, address, "sein-a")
    opened.click("#t1-S04 details.why summary")
    assert opened.locator("#t1-S04 .tree").is_visible()
    opened.click(".again > summary")
    assert "fiche-rcp/1" in opened.input_value("#sheet-text")
    context.close()


@pytest.mark.parametrize("example", library.examples())
def test_nothing_is_wider_than_the_screen(page: Any, address: str, example: str) -> None:
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        evaluate(page, address, example)
        page.click(".tools button")
        assert not overflows(page)


CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (place) => {
    for (; place; place = place.parentElement) {
      const found = rgb(getComputedStyle(place).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const each of document.querySelectorAll('body *')) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !each.checkVisibility()) continue;
    const [one, other] = [light(rgb(getComputedStyle(each).color)), light(behind(each))].sort((a, b) => b - a);
    if ((one + .05) / (other + .05) < 4.5) low.add(each.tagName + '.' + each.className + ' ' + each.textContent.trim().slice(0, 30));
  }
  return [...low];
}"""


@pytest.mark.parametrize("example", ["sein-a", "deux-tumeurs", "sein-metastatique"])
def test_every_text_has_enough_contrast(page: Any, address: str, example: str) -> None:
    evaluate(page, address, example)
    page.click(".tools button")
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("path", ["/couverture", "/sites/sein", "/sites/transversal?lang=en"])
def test_the_pages_on_the_base_are_read_at_any_width(page: Any, address: str, path: str) -> None:
    page.goto(address + path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate(CONTRAST) == []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert not overflows(page)


def test_print_shows_the_reasons_and_no_form(page: Any, address: str) -> None:
    evaluate(page, address, "sein-a")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#t1-S04 .tree").is_visible()
    assert not page.locator(".bar .switch").is_visible()
    assert not page.locator(".again").is_visible()
