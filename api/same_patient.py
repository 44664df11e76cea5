"""Whether the documents of a call are of one patient: by their identifiers, compared here and told to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from engine.problems import Problem, in_sheet

Identifiers = frozenset[tuple[str, str]]
NATIONAL = "INS"
_NATIONAL_OIDS = {
    f"1.2.250.1.213.1.4.{arc}" for arc in (8, 9, 10, 11)
}  # NIR, NIA, and those of tests and demonstrations
LOCAL, CENTRE = "ipp", "centre"  # a hospital's own number, and the hospital
_NATIVE = {"ins_matricule": NATIONAL, "ipp": LOCAL}
FILLED = 4  # one digit so many times is no number that anyone was given
STATED, AGREED = "stated", "identifiers"


def native_identifiers(body: Mapping[str, Any]) -> Identifiers:
    """Return the identifiers of a native sheet."""
    patient = body.get("patient")
    found = (
        [(system, _text(patient.get(key))) for key, system in _NATIVE.items()] if isinstance(patient, Mapping) else []
    )
    board = body.get("rcp")
    found += [(CENTRE, _text(board.get("centre")))] if isinstance(board, Mapping) else []
    return frozenset(pair for pair in found if pair[1])


def differences(documents: Sequence[tuple[str, Identifiers]]) -> list[Problem]:
    """Return why documents can't be taken for one patient's: the documents are named, their identifiers never."""
    named = [(name, _by_system(identifiers)) for name, identifiers in documents]
    found = [
        _problem("patients-differents", f"{one} et {other} : leurs identifiants de patient diffèrent")
        for (one, ours), (other, theirs) in combinations(named, 2)
        if any(ours[system].isdisjoint(theirs[system]) for system in _shared(ours, theirs))
    ]
    apart = [] if found else _not_joined(named)
    if apart:
        names = ", ".join(apart)
        found.append(
            _problem("patient-non-etabli", f"{names} : aucun identifiant de patient en commun avec les autres")
        )
    return found


def _not_joined(named: Sequence[tuple[str, Mapping[str, set[str]]]]) -> list[str]:
    """Return the documents that no chain of shared identifiers joins to the first."""
    joined, waiting = [named[0]], list(named[1:])
    while more := [each for each in waiting if any(_shared(each[1], other) for _, other in joined)]:
        joined += more
        waiting = [each for each in waiting if each not in more]
    return [name for name, _ in waiting]


def _shared(ours: Mapping[str, set[str]], theirs: Mapping[str, set[str]]) -> set[str]:
    """Return the systems by which two documents can be compared: two centres number their patients each for itself."""
    shared = ours.keys() & theirs.keys()
    elsewhere = CENTRE in shared and ours[CENTRE].isdisjoint(theirs[CENTRE])
    return shared - {CENTRE} - ({LOCAL} if elsewhere else set())


def _by_system(identifiers: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for system, value in identifiers:
        if system != CENTRE and _is_filler(value):
            continue
        found.setdefault(NATIONAL if system in _NATIONAL_OIDS else system, set()).add(value)
    return found


def _is_filler(value: str) -> bool:
    """Say whether a value stands where an identifier is missing: no digit (« inconnu »), or one digit repeated (0000)."""
    digits = {sign for sign in value if sign.isdecimal()}
    return not digits or digits == {"0"} or (len(value) >= FILLED and len(set(value)) == 1)


def _text(leaf: Any) -> str:
    value = leaf.get("valeur") if isinstance(leaf, Mapping) else leaf
    return "" if value is None else str(value).replace(" ", "")


def _problem(code: str, message: str) -> Problem:
    hint = "si ce sont bien les documents d'un même patient, dites-le : `same_patient=true` (`--same-patient`)"
    return in_sheet("", code, message, hint)
