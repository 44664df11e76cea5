"""Units of measure: UCUM and French spellings, and exact conversion between those of one dimension."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from engine.names import fold

# dimension: canonical spelling → (factor to the first, other spellings)
_DIMENSIONS: dict[str, dict[str, tuple[str, str]]] = {
    "ratio": {"%": ("1", "pourcent|percent"), "‰": ("0.1", "")},
    "longueur": {"mm": ("1", ""), "cm": ("10", "centimeters|centimetre"), "m": ("1000", ""), "µm": ("0.001", "um")},
    "masse": {"kg": ("1", ""), "g": ("0.001", ""), "mg": ("0.000001", ""), "lb": ("0.45359237", "[lb_av]")},
    "indice de masse": {"kg/m²": ("1", "kg/m2")},
    "surface": {"m²": ("1", "m2")},
    "concentration massique": {
        "ng/mL": ("1", "µg/L|ug/L|ng/ml"),
        "mg/L": ("1000", ""),
        "mg/dL": ("10000", "mg/dl"),
        "g/L": ("1000000", "g/l"),
        "g/dL": ("10000000", "g/dl"),
        "ng/dL": ("0.01", "ng/dl"),
        "pg/mL": ("0.001", "ng/L|pg/ml"),
    },
    "concentration molaire": {
        "µmol/L": ("1", "umol/L|µmol/l|umol/l|micromol/L"),
        "mmol/L": ("1000", "mmol/l|meq/L"),
        "nmol/L": ("0.001", "nmol/l"),
    },
    "cellules": {
        "G/L": ("1", "10*9/L|10^9/L|10*3/uL|10*3/µL|giga/L|G/l|x10*9/L"),
        "/mm³": ("0.001", "/mm3|/uL|/µL|{cells}/uL"),
        "T/L": ("1000", "10*12/L"),
    },
    "activité": {"UI/L": ("1", "U/L|[IU]/L|UI/l|IU/L")},
    "activité volumique": {"UI/mL": ("1", "U/mL|kUI/L|kU/L")},
    "débit": {"mL/min": ("1", "ml/min"), "mL/s": ("60", "")},
    "débit indexé": {
        "mL/min/1,73 m²": ("1", "mL/min/{1.73_m2}|mL/min/1.73 m²|mL/min/1.73m2|mL/min/1,73m²|mL/min/1.73_m2")
    },
    "débit par poids": {"mL/kg/min": ("1", "mL/(kg.min)|ml/kg/min")},
    "durée courte": {"ms": ("1", ""), "s": ("1000", "")},
    "jours": {"jours": ("1", "jour|j|d|day|days"), "semaines": ("7", "semaine|sem|wk|week|weeks")},
    "mois": {"mois": ("1", "mo|month|months"), "ans": ("12", "an|années|a|year|years")},
    "dose par surface": {"mg/m²": ("1", "mg/m2")},
    "dose absorbée": {"Gy": ("1", ""), "cGy": ("0.01", "")},
    "tabac": {"PA": ("1", "paquets-années|paquet-année|{pack-years}|pack-years")},
    "nombre": {"": ("1", "1|{score}|points|point|copies/cellule|{copies}")},
    "limite supérieure": {"× LSN": ("1", "LSN|x LSN|×LSN|xLSN|ULN|× ULN|x ULN")},
    "limite inférieure": {"× LIN": ("1", "LIN|x LIN|×LIN|xLIN|LLN|× LLN|x LLN")},
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its canonical spelling, its dimension and its factor to that dimension's first unit."""

    name: str
    dimension: str
    factor: Fraction


def _table() -> dict[str, Unit]:
    table = {}
    for dimension, units in _DIMENSIONS.items():
        for name, (factor, others) in units.items():
            unit = Unit(name, dimension, Fraction(factor))
            table.update({_key(spelling): unit for spelling in (name, *filter(None, others.split("|")))})
    return table


def _key(spelling: str) -> str:
    return spelling.strip().replace("μ", "µ").replace("²", "2").replace("³", "3")


_UNITS: dict[str, Unit] = {}
_UNITS.update(_table())
_FOLDED = {fold(key): unit for key, unit in _UNITS.items()}

_ROUNDED = Context(prec=25)

SPELLINGS = tuple(
    sorted(
        {s for units in _DIMENSIONS.values() for n, (_, o) in units.items() for s in (n, *o.split("|")) if s},
        key=lambda s: (-len(s), s),
    )
)


def find_unit(spelling: str) -> Unit | None:
    """Return the unit so spelt, or None."""
    return _UNITS.get(_key(spelling)) or _FOLDED.get(fold(_key(spelling)))


def convertible(source: Unit, target: Unit, molar_mass: Decimal | None = None) -> Fraction | None:
    """Return the factor from `source` to `target`; mass and substance convert by the molar mass (g/mol)."""
    if source.dimension == target.dimension:
        return source.factor / target.factor
    if molar_mass is None:
        return None
    if (source.dimension, target.dimension) == ("concentration massique", "concentration molaire"):
        return source.factor / (Fraction(molar_mass) * target.factor)
    if (source.dimension, target.dimension) == ("concentration molaire", "concentration massique"):
        return source.factor * Fraction(molar_mass) / target.factor
    return None


def scaled(number: Decimal, factor: Fraction) -> Decimal:
    """Multiply exactly where the result is a short decimal, else round: a value and a threshold of one unit stay equal."""
    if not number.is_finite():
        return number
    exact = Fraction(number) * factor
    return _ROUNDED.divide(Decimal(exact.numerator), Decimal(exact.denominator))
