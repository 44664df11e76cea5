"""Worlds as people read them: the shortest text that says what is still possible."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from engine.dates import show_days
from engine.dictionary import Item
from engine.domains import Leaves, Line
from engine.ontology import Ontology
from engine.printing import show_number
from engine.values import Range, Ranges, Worlds, everything

MOST = 6


def show_worlds(
    item: Item, worlds: Worlds, ontology: Ontology | None = None, language: str = "fr", held: Worlds | None = None
) -> str:
    """Write worlds: one category, a few leaves, an interval with its unit, a date; `held` is the scale of the site."""
    if isinstance(item.domain, Leaves) and isinstance(worlds, int):
        full = held if isinstance(held, int) else item.domain.full
        return _leaves(item, item.domain, worlds, full, ontology, language)
    if isinstance(item.domain, Line) and isinstance(worlds, Ranges):
        if worlds == item.domain.full:
            return "inconnu" if language == "fr" else "unknown"
        return show_days(worlds) if item.domain.dates else _ranges(worlds, item.domain)
    return ""


def _leaves(item: Item, domain: Leaves, worlds: int, full: int, ontology: Ontology | None, language: str) -> str:
    if worlds == full:
        return "inconnu" if language == "fr" else "unknown"
    if item.kind == "concept" and ontology is not None:
        for name, mask in domain.sets.items():
            if mask == worlds:
                return ontology.concepts[name].label(language)
    names = _shortest(domain, worlds, full)
    shown = [_label(item, name, ontology, language) for name in names[:MOST]]
    more = [f"… ({len(names)})"] if len(names) > MOST else []
    return (" ou " if language == "fr" else " or ").join(shown + more)


def _shortest(domain: Leaves, worlds: int, full: int) -> list[str]:
    """Cover the worlds with as few names as possible, categories (as far as the site has them) before leaves."""
    found, left = [], worlds
    for name, mask in sorted(domain.sets.items(), key=lambda pair: -(pair[1] & full).bit_count()):
        held = mask & full
        if held & left and held & worlds == held:
            found.append((held & -held, name))
            left &= ~held
        if not left:
            break
    hidden = [(1 << n, name) for n, name in enumerate(domain.names) if left >> n & 1]
    return [name for _, name in sorted([*found, *hidden])]


def _label(item: Item, name: str, ontology: Ontology | None, language: str) -> str:
    if item.kind == "concept" and ontology is not None and name in ontology.concepts:
        return ontology.concepts[name].label(language)
    labels = item.value_labels.get(name, {})
    return labels.get(language) or labels.get("fr") or name


def _ranges(worlds: Ranges, line: Line) -> str:
    unit = line.unit.name if line.unit else ""
    full = everything() if unit == "%" else line.full  # 0 and 100 % are worth saying
    parts = (_range(part, full) for part in worlds.parts)
    return " ou ".join(" ".join(filter(None, (part, unit))) for part in parts)


def _range(part: Range, full: Ranges) -> str:
    """Write one range; an end that is the item's own is no news."""
    low, high = _rounded(part.low), _rounded(part.high)
    if low == high:
        return show_number(low)
    if part.low <= full.low or not low.is_finite():
        return f"{'<' if part.high_open else '≤'} {show_number(high)}"
    if part.high >= full.high or not high.is_finite():
        return f"{'>' if part.low_open else '≥'} {show_number(low)}"
    if part.low_open or part.high_open:
        return f"{'>' if part.low_open else '≥'} {show_number(low)} et {'<' if part.high_open else '≤'} {show_number(high)}"
    return f"{show_number(low)} – {show_number(high)}"


def _rounded(number: Decimal) -> Decimal:
    """Round for display only (four significant digits after the point at most); comparisons never see it."""
    if not number.is_finite() or number == number.to_integral_value():
        return number
    return number.quantize(Decimal("0.001"), ROUND_HALF_EVEN).normalize()
