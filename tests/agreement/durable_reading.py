"""A reading of definite conjunctions by durable-rules, in a process that is thrown away.

One question a line: {"rules": [[[item, operator, number], …], …], "fact": {item: number}}; out: the rules that fired.
Its limits (measured): at most 50 rules a set, numbers rendered as whole tenths, one thread.
"""

from __future__ import annotations

import json
import operator
import sys
from functools import reduce
from typing import Any

from durable.lang import assert_fact, m, ruleset, when_all

OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def fired(name: str, rules: list[list[tuple[str, str, int]]], fact: dict[str, int]) -> list[int]:
    """Return the numbers of the rules that a fact fires."""
    found: list[int] = []

    def note(number: int) -> Any:
        return lambda context: found.append(number)

    with ruleset(name):
        when_all(m.never == "fired")(note(-1))  # a set without a match for a fact raises; with one rule only too
        when_all(m.always == 1)(note(-2))
        for number, comparisons in enumerate(rules):
            parts = [OPERATORS[sign](getattr(m, item), value) for item, sign, value in comparisons]
            when_all(reduce(operator.and_, parts))(note(number))
    assert_fact(name, {**fact, "always": 1})
    return sorted(number for number in found if number >= 0)


def main() -> None:
    """Answer until the input ends."""
    for number, line in enumerate(sys.stdin):
        question = json.loads(line)
        print(json.dumps(fired(f"set{number}", question["rules"], question["fact"])), flush=True)


if __name__ == "__main__":
    main()
