"""The form of the native sheet, made from the dictionary: which keys stand where, and what kind of JSON value each takes.

What the values mean (units, codes, categories, ranges) is the engine's to check; both lists of problems are given together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from api.strict_json import escape
from engine.dictionary import Dictionary, Item, find_column
from engine.leaf import LEAF_KEYS
from engine.names import did_you_mean
from engine.problems import Problem, in_sheet
from engine.sheet import JUDGEMENTS, SCHEMA, TUMOUR, TUMOURS

RECORD_KEYS = ("lignes", "absents", "complet")
ROW_KEYS = ("certitude", "origine", "date")
TUMOUR_KEYS = ("id", "libelle")
BOUND_KEYS = ("min", "max", "min_exclu", "max_exclu", "unite")


@dataclass(frozen=True, slots=True)
class Fault:
    """What marshmallow carries of a problem until its place is known."""

    message: str
    hint: str = ""
    code: str = "forme"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_name(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _is_concept(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, Mapping) and _is_name(value.get("code")))


def _is_part(value: object) -> bool:
    """Say whether it is a concept, or what one document says of a list: `true` or a concept, with its origin."""
    inner = value.get("valeur") if isinstance(value, Mapping) else None
    return inner is True or _is_concept(inner) or _is_concept(value)


def _is_category(value: object) -> bool:
    return _is_name(value) or (isinstance(value, list) and all(_is_name(one) for one in value))


def _is_quantity(value: object) -> bool:
    if isinstance(value, Mapping):
        return set(value) <= set(BOUND_KEYS) and bool({"min", "max"} & set(value))
    return _is_number(value) or isinstance(value, str)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_FORMS: dict[str, tuple[Callable[[object], bool], Fault]] = {
    "concept": (_is_concept, Fault("un concept est attendu ici", 'son nom, ou {"systeme", "code"}')),
    "echelle": (_is_category, Fault("une catégorie est attendue ici", "un texte, ou une liste de textes")),
    "enumeration": (_is_category, Fault("une valeur nommée est attendue ici", "un texte")),
    "quantite": (_is_quantity, Fault("un nombre est attendu ici", '8, "< 10", ou {"min", "max"}')),
    "entier": (_is_quantity, Fault("un nombre entier est attendu ici", '8, "> 3", ou {"min", "max"}')),
    "date": (_is_text, Fault("une date est attendue ici", '"AAAA-MM-JJ", "AAAA-MM" ou "AAAA"')),
    "booleen": (_is_boolean, Fault("`true` ou `false` est attendu ici", "sans guillemets")),
}
_KEY_FORMS: dict[str, tuple[Callable[[object], bool], Fault]] = {
    "origine": (
        lambda value: isinstance(value, Mapping),
        Fault("une origine est un objet", '{"document", "pointeur"}'),
    ),
    "min_exclu": (_is_boolean, Fault("`true` ou `false` est attendu ici")),
    "max_exclu": (_is_boolean, Fault("`true` ou `false` est attendu ici")),
    TUMOUR: (_is_name, Fault("un texte est attendu ici")),
    **{key: (_is_quantity, Fault("un nombre est attendu ici")) for key in ("lsn", "lin", "min", "max")},
    **{
        key: (_is_name, Fault("un texte est attendu ici"))
        for key in (
            "unite",
            "certitude",
            "raison",
            "edition",
            "methode",
            "prelevement",
            "auteur",
            "libelle",
            "systeme",
            "code",
            "date",
        )
    },
}


class Leaf(fields.Field[Any]):
    """One item: a bare value, an object with `valeur`, or a list of them."""

    def __init__(self, item: Item, **options: Any) -> None:
        """Take the form that the item's kind asks for."""
        super().__init__(allow_none=True, **options)
        self.item = item

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        errors = self._faults(value)
        if errors:
            raise ValidationError(errors)
        return value

    def _faults(self, value: Any) -> dict[Any, Any] | list[Fault]:
        if self.item.is_text:
            return []
        if isinstance(value, list) and any(isinstance(leaf, Mapping) for leaf in value):
            each = {number: self._of_leaf(leaf) for number, leaf in enumerate(value)}
            return {number: faults for number, faults in each.items() if faults}
        return self._of_leaf(value) if value != [] else []

    keys = LEAF_KEYS

    def _of_leaf(self, leaf: Any) -> dict[Any, Any] | list[Fault]:
        form, fault = _FORMS[self.item.kind]
        if not isinstance(leaf, Mapping):
            return [] if leaf is None or form(leaf) else [fault]
        faults: dict[Any, Any] = {}
        for key, value in leaf.items():
            if key not in self.keys:
                faults[key] = [_unknown(key, self.keys)]
            elif value is None or key == "valeur":
                continue
            elif not _KEY_FORMS[key][0](value):
                faults[key] = [_KEY_FORMS[key][1]]
        value = leaf.get("valeur")
        if value is not None and value != [] and not form(value):
            faults["valeur"] = [fault]
        return faults


class Closing(Leaf):
    """What a list that tumours own lacks: a leaf that may name the tumour it is said of."""

    keys = LEAF_KEYS | {TUMOUR}


class Complete(fields.Field[Any]):
    """What a list is complete of: `true`, or some concepts."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool) and not (isinstance(value, list) and all(_is_part(one) for one in value)):
            raise ValidationError(
                [Fault("`complet` est `true`, ou une liste de concepts", '"complet": ["immunothérapie"]')]
            )
        return value


class Plain(fields.Field[Any]):
    """A text or a number that stands for itself."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not _is_name(value):
            raise ValidationError([Fault("un texte est attendu ici")])
        return value


class Strict(Schema):
    """An object that refuses the keys it does not know, with the nearest ones it does."""

    error_messages = {"type": Fault("un objet est attendu ici")}  # type: ignore[dict-item] # noqa: RUF012

    class Meta:
        """Unknown keys are looked at below, all at once."""

        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_unknown(self, data: Any, original: Any, **kwargs: Any) -> None:
        """Report each key that is none of this object's."""
        if not isinstance(original, Mapping):
            return
        known = [str(field.data_key) for field in self.fields.values()]
        wrong = {key: [_unknown(key, known)] for key in original if not self.knows(key, known)}
        if wrong:
            raise ValidationError(wrong)

    def knows(self, key: str, known: list[str]) -> bool:
        """Say whether a key may stand here."""
        return key in known


class Row(Strict):
    """A row of a list: its columns go by every name the dictionary gives them."""

    def __init__(self, records: Item) -> None:
        """Take the columns of a records item."""
        super().__init__()
        self.records = records

    def knows(self, key: str, known: list[str]) -> bool:
        """Say whether a key names a column."""
        return key in known or find_column(self.records, key) is not None


class Rows(fields.Field[Any]):
    """A list of rows: the rows alone, or with what is absent and whether they are all."""

    def __init__(self, item: Item, **options: Any) -> None:
        """Make the schema of the object that holds the rows."""
        super().__init__(allow_none=True, **options)
        self.item = item
        row = cast(type[Row], Row.from_dict(_row_fields(item), name=f"Row_{item.id}"))(item)
        axis = item.columns.get(item.axis)
        absent = Closing if item.owner == TUMOUR else Leaf
        self.body = _object(
            f"Records_{item.id}",
            {
                "lignes": _list(row),
                "absents": fields.List(absent(axis) if axis else fields.Raw(), allow_none=True, error_messages=_LIST),
                "complet": Complete(allow_none=True),
            },
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        errors = self.body.validate({"lignes": value} if isinstance(value, list) else value)
        if errors:
            raise ValidationError(errors.get("lignes", errors) if isinstance(value, list) else errors)
        return value


_LIST: dict[str, Any] = {"invalid": Fault("une liste est attendue ici")}


class SheetForm:
    """The form of the native sheet under one dictionary."""

    def __init__(self, dictionary: Dictionary) -> None:
        """Make the schema once; it is used for every sheet."""
        self.schema = _sheet_schema(dictionary)

    def problems(self, sheet: Mapping[str, Any]) -> list[Problem]:
        """Return everything wrong with the form of a sheet."""
        return list(_located(self.schema.validate(sheet), ""))


def _sheet_schema(dictionary: Dictionary) -> Schema:
    tree: dict[str, Any] = {}
    for item in dictionary.items.values():
        if item.path and not item.computed:
            _place(tree, item.path.replace("[]", "").split("."), item)
    tumour = tree.pop(TUMOURS, {})
    judgements = _object("Judgements", {name: Leaf(item) for name, item in dictionary.judgements.items()})
    shared = {JUDGEMENTS: _nested(judgements)}
    return _object(
        "Sheet",
        {
            "schema": Plain(allow_none=True, metadata={"const": SCHEMA}),
            TUMOURS: _list(
                _object("Tumour", {key: Plain() for key in TUMOUR_KEYS} | _members(tumour, "Tumour") | shared)
            ),
            **_members(tree, "Sheet"),
            **shared,
        },
    )


def _place(tree: dict[str, Any], path: list[str], item: Item) -> None:
    for section in path[:-1]:
        tree = tree.setdefault(section, {})
    tree[path[-1]] = item


def _members(tree: Mapping[str, Any], name: str) -> dict[str, fields.Field[Any]]:
    members: dict[str, fields.Field[Any]] = {}
    for key, inner in tree.items():
        if not isinstance(inner, Item):
            members[key] = _nested(_object(f"{name}_{key}", _members(inner, f"{name}_{key}")))
        else:
            members[key] = Rows(inner) if inner.is_records else Leaf(inner)
    return members


def _row_fields(item: Item) -> dict[str, fields.Field[Any]]:
    columns: dict[str, fields.Field[Any]] = {key: fields.Raw(allow_none=True) for key in ROW_KEYS}
    columns |= {name: Leaf(column) for name, column in item.columns.items()}
    return _keyed(columns)


def _keyed(members: Mapping[str, fields.Field[Any]]) -> dict[str, fields.Field[Any]]:
    """Keep the keys apart from the names that a schema has for itself."""
    for key, field in members.items():
        field.data_key = key
    return {f"key_{number}": field for number, field in enumerate(members.values())}


def _object(name: str, members: Mapping[str, fields.Field[Any]]) -> Schema:
    return Strict.from_dict(_keyed(members), name=name)()


def _nested(schema: Schema) -> fields.Nested:
    return fields.Nested(schema, allow_none=True)


def _list(schema: Schema) -> fields.List[Any]:
    return fields.List(fields.Nested(schema), allow_none=True, error_messages=_LIST)


def _unknown(key: object, known: Any) -> Fault:
    return Fault(f"champ `{key}` inconnu", did_you_mean(str(key), known), "champ-inconnu")


def _located(errors: Any, pointer: str) -> Iterator[Problem]:
    """Yield the faults with the place that marshmallow's nesting tells."""
    if isinstance(errors, Mapping):
        for key, inner in errors.items():
            yield from _located(inner, pointer if key == "_schema" else f"{pointer}/{escape(str(key))}")
        return
    for fault in errors if isinstance(errors, list) else [errors]:
        known = fault if isinstance(fault, Fault) else Fault("la forme n'est pas celle attendue ici")
        yield in_sheet(pointer, known.code, known.message, known.hint)
