"""The patient's and the disease's state → sections of a fiche RCP: performance and frailty (…111), phase (…25)."""

from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element

from api.exports.cda.elements import LOINC, Coded, Identifiers, code, element, moment, unknown
from api.exports.cda.entries import Section, observation, related, templates
from api.exports.cda.frcp_held import Held
from api.exports.cda.frcp_pages import Page, term
from engine.leaf import Statement
from engine.values import Ranges

FUNCTION = Section(
    (
        "2.16.840.1.113883.10.20.1.5",
        "1.3.6.1.4.1.19376.1.5.3.1.3.17",
        "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.1",
        "1.2.250.1.213.1.1.2.111",
    ),
    Coded("47420-5", LOINC, "Évaluation du statut fonctionnel"),
    "Évaluation du statut fonctionnel",
)
PERFORMANCE = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.1.12.2.5", "1.2.250.1.213.1.1.2.115"),
    Coded("46006-3", LOINC, "Fonctionnement physique"),
    "Indice de performance",
)
FRAILTY = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.1.12.2.4", "1.2.250.1.213.1.1.2.114"),
    Coded("48542-5", LOINC, "Dépistage de la fragilité"),
    "Dépistage de la fragilité",
)
PHASE = Section(
    ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.7", "1.2.250.1.213.1.1.2.25"),
    Coded("18733-6", LOINC, "Phase clinique"),
    "PHASE CLINIQUE DE LA MALADIE",
)
OMS = {
    "0": (term("MED-240", "0"), Coded("LA9622-7", LOINC, "0")),
    "1": (term("MED-264", "1"), Coded("LA9623-5", LOINC, "1")),
    "2": (term("MED-265", "2"), Coded("LA9624-3", LOINC, "2")),
    "3": (term("MED-266", "3"), Coded("LA9625-0", LOINC, "3")),
    "4": (term("MED-267", "4"), Coded("LA9626-8", LOINC, "4")),
}
PHASES = {"initiale": term("MED-268", "Phase initiale"), "rechute": term("MED-244", "Rechute")}
# The form hijacks a depression score for any screening of frailty: the older code says that it is G8.
G8 = Coded("RCP_119", "1.2.250.1.213.1.1.4.2.281", "G8")
_OMS, _FRAIL = term("MED-239", "Indice de performance OMS"), Coded("48544-1", LOINC, "Score de fragilité")
_OMS_ROOTS = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.6",
    "1.2.250.1.213.1.1.3.25",
)
_G8_ROOTS = (
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.4",
    "1.2.250.1.213.1.1.3.110",
)
_PHASE, _PROGRESS = term("MED-243", "Phase de la maladie"), term("MED-245", "Progression")
_WHERE = {
    "progression_locale": term("MED-246", "Locale"),
    "progression_regionale": term("MED-247", "Régionale"),
    "progression_distance": term("MED-248", "À distance"),
}


def function(held: Held, identifiers: Identifiers) -> list[Element]:
    """Return the section on performance and frailty, each in a section of its own inside."""
    inner = [
        *_performance(Page("performance", held, identifiers)),
        *_frailty(Page("fragilite", held, identifiers)),
    ]
    if not inner:
        return []
    body = element(
        "section",
        None,
        *templates(FUNCTION.templates),
        element("id", {"root": identifiers.of("fonction")}),
        code("code", FUNCTION.code),
        element("title", text=FUNCTION.title),
        element("text"),
        *inner,
    )
    return [element("component", None, body)]


def _performance(page: Page) -> list[Element]:
    statement = page.held.take("oms")
    if statement is None:
        return []
    values = {name: found for name, (found, _) in OMS.items()}
    value = page.held.coded(statement, values)
    if value is not None:
        category = page.held.category(statement) if statement.worlds is not None else ""
        meaning = [code("interpretationCode", OMS[category][1])] if category else []
        page.entries.append(_scored(page, _OMS, statement, value, *meaning, roots=_OMS_ROOTS))
    return page.written(PERFORMANCE)


def _frailty(page: Page) -> list[Element]:
    statement = page.held.take("g8")
    if statement is None:
        return []
    value = page.held.open(statement, "INT") if statement.worlds is None else _number(page, statement)
    if value is not None:
        named = code("translation", G8)
        page.entries.append(_scored(page, _FRAIL, statement, value, roots=_G8_ROOTS, translation=named))
    return page.written(FRAILTY)


def _scored(
    page: Page,
    coded: Coded,
    statement: Statement,
    value: Element,
    *inner: Element,
    roots: tuple[str, ...],
    translation: Element | None = None,
) -> Element:
    day, where = page.held.day(statement), page.place_of(statement)
    return observation(
        coded, page.identifier(statement.item), where, value, *inner,
        time=moment(day) if day else None, roots=roots, translation=translation, negated=False,
    )  # fmt: skip


def _number(page: Page, statement: Statement) -> Element | None:
    """Return a number; the form types it as whole, a half needs a real."""
    worlds = statement.worlds
    if not isinstance(worlds, Ranges) or worlds.low != worlds.high:
        page.held.lose(statement, "sans-code")
        return None
    number: Decimal = worlds.low
    whole = number == number.to_integral_value()
    text = f"{number.normalize():f}"
    return element("value", {"xsi:type": "INT" if whole else "REAL", "value": text})


def phase(page: Page) -> list[Element]:
    """Return the section on the phase; a sheet of several tumours does not say here which one it speaks of."""
    held = page.held
    if len(held.sheet.tumours) > 1:
        for number in range(len(held.sheet.tumours)):
            for item in ("phase", "date_rechute", "progression", *_WHERE):
                found = held.take(item, number)
                if found is not None:
                    held.lose(found, "plusieurs-tumeurs")
        return []
    page.entries += [each for each in (_phase(page), _progress(page)) if each is not None]
    return page.written(PHASE)


def _phase(page: Page) -> Element | None:
    """Return the phase; of a relapse the time is the day of the relapse, else the day of the statement."""
    held = page.held
    statement, relapse = held.take("phase", 0), held.take("date_rechute", 0)
    if statement is not None and _is_dated_relapse(held, statement):
        held.lose(statement, "precision")
        statement = None
    value = held.coded(statement, PHASES) if statement else None
    relapsed = statement is not None and value is not None and held.category(statement) == "rechute"
    when = _relapse_day(held, relapse, relapsed) if relapse else ""
    if statement is None or value is None:
        return None
    day = when if relapsed else held.day(statement)
    where, identifier = page.place_of(statement), page.identifier("phase")
    return observation(_PHASE, identifier, where, value, time=moment(day, otherwise="NA"), negated=False)


def _is_dated_relapse(held: Held, statement: Statement) -> bool:
    """Say whether a relapse was stated on another day than the board's: the form's time is that of the relapse itself."""
    if held.category(statement) != "rechute" or statement.days is None:
        return False
    return all(each.worlds != statement.days for each in held.statements("date_rcp"))


def _relapse_day(held: Held, relapse: Statement, relapsed: bool) -> str:
    held.day(relapse, carried=False)
    if not relapsed:
        held.lose(relapse, "incoherent")
    elif relapse.worlds is None:
        held.lose(relapse, "raison")
    return held.date(relapse) if relapsed else ""


def _progress(page: Page) -> Element | None:
    statement = page.held.take("progression", 0)
    value = page.held.truth(statement) if statement else None
    places = [page.truth(coded, item, 0) for item, coded in _WHERE.items()]
    inner = [related("COMP", each) for each in places if each is not None]
    if statement is None or value is None:
        if not inner:
            return None
        value = unknown("value", "UNK", of_type="BL")
        where, day = page.place("Progression", "non renseigné"), ""
    else:
        day, where = page.held.day(statement), page.place_of(statement)
    time = moment(day) if day else None
    return observation(_PROGRESS, page.identifier("progression"), where, value, *inner, time=time, negated=False)
