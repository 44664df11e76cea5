"""Values that break readers: numbers, dates, codes and texts at the edge of what may stand where they stand."""

from __future__ import annotations

from random import Random

NUMBERS = (
    "0",
    "-1",
    "-0.0",
    "1e400",
    "9" * 400,
    "0." + "0" * 400 + "1",
    "1/0",
    "NaN",
    "Infinity",
    "١٢",
    "1,5",
    "0x10",
    "1_000",
    "",
)
DATES = (
    "0000",
    "9999",
    "00000000",
    "20260231",
    "2026-02-30",
    "99999999999999",
    "2026-13",
    "1850-01-01",
    "20260101T25",
    "0001",
    "-2026",
)
CODES = (
    "C50.4", "C504", "C78.7", "8500/3", "M-85003", "8000/6", "8500/2", "A7B2", "PHGSA7B2", "GSA7B2", "M8000", "EGFR", "HGNC:3236",
    "MED-568", "MED-793", "MED-826", "RCP_119", "688", "717", "1599", "708", "pT4d", "ypN3c", "NX", "T2(m)", "IVA", "T4b T4b", "*", "a" * 200,
)  # fmt: skip
SYSTEMS = (
    "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "1.2.250.1.213.1.1.4.322", "2.16.840.1.113883.6.3", "2.16.840.1.113883.6.43.1",
    "1.3.6.1.4.1.19376.1.8.2.1", "2.16.840.1.113883.15.6", "1.2.250.1.213.2.11", "1.2.250.1.213.2.12", "http://loinc.org", "UCUM", "", "1",
)  # fmt: skip
UNITS = ("mg/dL", "cm", "G/L", "{copies}", "%", "1", "mL/min/{1.73_m2}", "μg", "kg/m2", "***", "[IU]/L", "m" * 50)
TEXTS = (
    "",
    " ",
    "true",
    "null",
    "\ufeff",
    "\u202eabc",
    "é" * 50,
    "a\u0301",
    "😀",
    "\u0000"[:0],
    "<x>&amp;</x>",
    "../../etc",
    "%s%n",
    "'; --",
    "\\u0000",
    "x" * 5_000,
)
LEAVES = (
    "valeur",
    "unite",
    "date",
    "certitude",
    "raison",
    "origine",
    "lignes",
    "absents",
    "complet",
    "min",
    "max",
    "min_exclu",
    "lsn",
    "lin",
    "edition",
    "systeme",
    "code",
    "tumeur",
)


def some(random: Random) -> str:
    """Return a text of any kind."""
    return random.choice(random.choice((NUMBERS, DATES, CODES, SYSTEMS, UNITS, TEXTS, LEAVES)))
