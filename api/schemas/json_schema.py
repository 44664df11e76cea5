"""JSON Schema (2020-12) of the native sheet, from the same marshmallow schema that checks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from marshmallow import Schema, fields

from api.schemas.sheet import BOUND_KEYS, Closing, Leaf, Plain, Rows
from engine.dictionary import Item
from engine.domains import Leaves
from engine.leaf import REASONS, SUSPECTED

IDENTIFIER = "urn:oncorules:schema:fiche-rcp:1"
VERSION = "1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_NAMES = 60

Json = dict[str, Any]


def json_schema(sheet: Schema, definitions: str = "#/$defs/") -> Json:
    """Return the whole document, with its `$id`, version and shared definitions (referred to under `definitions`)."""
    head = {"$schema": DIALECT, "$id": IDENTIFIER, "title": "Fiche RCP", "version": VERSION}
    whole = head | _object(sheet) | {"$defs": _definitions()}
    return whole if definitions == "#/$defs/" else cast(Json, _moved(whole, definitions))


def _moved(part: Any, definitions: str) -> Any:
    """Return the schema with its references to another place."""
    if isinstance(part, dict):
        return {
            key: value.replace("#/$defs/", definitions)
            if key == "$ref" and isinstance(value, str)
            else _moved(value, definitions)
            for key, value in part.items()
        }
    return [_moved(each, definitions) for each in part] if isinstance(part, list) else part


def _object(schema: Schema) -> Json:
    properties = {str(field.data_key): _member(field) for field in schema.fields.values()}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _member(field: fields.Field[Any]) -> Json:
    match field:
        case Leaf():
            return _described(field.item) | _leaf(field.item, "entree" if isinstance(field, Closing) else "valeur")
        case Rows():
            return _described(field.item) | _rows(field)
        case fields.Nested():
            return _object(field.schema)
        case fields.List():
            return {"type": ["array", "null"], "items": _member(field.inner)}
        case Plain():
            known = field.metadata.get("const")
            return {"const": known} if known else {"type": ["string", "integer", "null"]}
    return {}


def _described(item: Item) -> Json:
    labels = {"title": item.label("fr")}
    unit = getattr(getattr(item.domain, "unit", None), "name", "")
    return labels | ({"description": f"en {unit}"} if unit else {})


def _leaf(item: Item, form: str = "valeur") -> Json:
    """Return a bare value, an object around one, or a list of those."""
    if item.is_text:
        return {}
    bare = _BARE[item.kind](item)
    one = {"$ref": f"#/$defs/{form}", "properties": {"valeur": bare}}
    return {"anyOf": [bare, {"type": "null"}, one, {"type": "array", "items": {"anyOf": [bare, one]}}]}


def _rows(field: Rows) -> Json:
    body = _object(field.body)
    lines = field.body.fields["key_0"]
    assert isinstance(lines, fields.List)
    assert isinstance(lines.inner, fields.Nested)
    schema = lines.inner.schema
    plain = [str(each.data_key) for each in schema.fields.values() if not isinstance(each, Leaf)]
    row = _object(schema) | {"type": "object"}
    row["properties"] |= {key: {"$ref": f"#/$defs/{key}"} for key in plain}
    body["properties"]["lignes"] = {"type": ["array", "null"], "items": row}
    body["properties"]["complet"] = {"anyOf": [{"type": ["boolean", "null"]}, {"type": "array"}]}
    return {"anyOf": [body, {"type": "array", "items": row}]}


def _named(item: Item) -> Json:
    """Return the names of a closed list of values, with numbers beside the names that look like one."""
    domain = item.domain
    if not isinstance(domain, Leaves) or item.kind == "echelle":
        examples = list(domain.sets)[:MOST_NAMES] if isinstance(domain, Leaves) else []
        one: Json = {"type": ["string", "integer"], "examples": examples}
    else:
        names = list(domain.sets)
        one = {"enum": [*names, *(int(name) for name in names if name.isdecimal())]}
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _shared(name: str) -> Callable[[Item], Json]:
    return lambda item: {"$ref": f"#/$defs/{name}"}


_BARE: dict[str, Callable[[Item], Json]] = {
    "concept": _shared("concept"),
    "echelle": _named,
    "enumeration": _named,
    "quantite": _shared("nombre"),
    "entier": _shared("nombre"),
    "date": _shared("jour"),
    "booleen": _shared("booleen"),
}


def _definitions() -> Json:
    number: Json = {"$ref": "#/$defs/nombre"}
    text: Json = {"type": ["string", "null"]}
    bounds: Json = {key: {"type": ["number", "string"]} for key in ("min", "max")}
    bounds |= {key: {"type": "boolean"} for key in ("min_exclu", "max_exclu")} | {"unite": text}
    assert set(bounds) == set(BOUND_KEYS)
    special: Json = {
        "valeur": {},
        "date": {"$ref": "#/$defs/date"},
        "origine": {"$ref": "#/$defs/origine"},
        "certitude": {"$ref": "#/$defs/certitude"},
        "raison": {"enum": [*REASONS, None]},
        "edition": {"type": ["string", "integer", "null"]},
        "code": {"type": ["string", "integer", "null"]},
        **{key: {"anyOf": [number, {"type": "null"}]} for key in ("lsn", "lin", "min", "max")},
        **{key: {"type": ["boolean", "null"]} for key in ("min_exclu", "max_exclu")},
    }
    forms = {"valeur": Leaf.keys, "entree": Closing.keys}
    return {
        **{
            name: {
                "type": "object",
                "properties": {key: special.get(key, text) for key in sorted(keys)},
                "additionalProperties": False,
            }
            for name, keys in forms.items()
        },
        "nombre": {
            "anyOf": [
                {"type": ["number", "string"], "examples": [8, "< 10", "10–20"]},
                {"type": "object", "properties": bounds, "additionalProperties": False},
            ]
        },
        "concept": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"systeme": text, "code": {"type": ["string", "integer"]}, "libelle": text},
                    "required": ["systeme", "code"],
                    "additionalProperties": False,
                },
            ]
        },
        "jour": {
            "type": "string",
            "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?(T.*)?$",
            "examples": ["2026-11-20", "2026-11"],
        },
        "date": {"anyOf": [{"$ref": "#/$defs/jour"}, {"type": "null"}]},
        "booleen": {"type": "boolean"},
        "certitude": {"enum": ["confirme", SUSPECTED, None]},
        "origine": {"type": ["object", "null"]},
    }
