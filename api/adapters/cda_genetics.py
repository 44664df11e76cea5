"""A molecular genetics report: variants found, genes without one, genes that can't be told; a gene not named was not tested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from api.adapters.cda_codes import gene_said, is_secondary, meaning_of, put_axes, role_of
from api.adapters.cda_elements import Node
from api.adapters.cda_header import new_tumour
from api.adapters.cda_statements import is_said
from api.adapters.fhir_elements import Coding
from api.adapters.fhir_genomics import ABSENT, PREDISPOSITION, PRESENT, SOMATIC, VARIANTS, short
from api.adapters.fhir_reading import Leaf, Reading

MOST_VARIANTS = 2_000
_METHOD_SECTION = "1.3.6.1.4.1.19376.1.3.10.3.1"
_REASONS = {
    "suspectee": "altération suspectée : la recherche reste ouverte",
    "non_fait": "analyse non réalisée : la recherche reste ouverte",
}
_SHAPES = {
    "transcrit": re.compile(r"[NX][MRG]_\d{1,12}(?:\.\d{1,3})?", re.ASCII),
    "hgvs_c": re.compile(r"[cgn]\.[\w*+>=\-();?\[\]]{1,120}", re.ASCII),
    "hgvs_p": re.compile(r"p\.[\w*=();?]{1,80}", re.ASCII),
}


@dataclass(slots=True)
class Report:
    """What is gathered of one report before it is written: rows by gene, exons tested by gene, when the specimen was taken."""

    tumour: str
    taken: Node
    rows: list[dict[str, Any]] = field(default_factory=list)
    free: list[tuple[Leaf, Coding]] = field(default_factory=list)
    exons: dict[str, list[str]] = field(default_factory=dict)

    def of_gene(self, gene: str) -> list[dict[str, Any]]:
        """Return the rows of a gene."""
        return [row for row in self.rows if row["gene"]["valeur"] == gene]


@dataclass(frozen=True, slots=True)
class Status:
    """What an organizer says of its genes: in the results or in the conclusion, and by which code."""

    value: str
    coding: Coding
    concludes: bool
    labels: tuple[str, ...] = ()


def read_specimen(reading: Reading, body: Node) -> str:
    """Begin the tumour of a report; the organ of its specimen may be that of a metastasis, so it stays to be confirmed."""
    found = []
    for node in body.within("observation"):
        role = role_of(reading, node)
        if role in ("organe", "histologie") and node["value"].codings() and is_said(reading, node):
            found.append((role, node))
    if not found:
        return ""
    tumour = new_tumour(reading)
    for kind, node in found:
        reading.use(node["code"].pointer)
        if is_secondary(reading, node["value"].codings()):
            reading.lose(
                node["value"].pointer,
                "type d'une métastase : ce n'est pas celui de la tumeur",
                node["value"].codings()[0],
            )
        else:
            put_axes(reading, node["value"], tumour, "suspecte" if kind == "organe" else "")
    return tumour


def read_genetics(reading: Reading, body: Node, tumour: str) -> None:
    """Read which genes and exons were looked at, the results, then what the conclusion adds to them."""
    report = Report(tumour, _taken(reading, body))
    organizers = [(node, _status(reading, node)) for node in body.within("organizer")]
    for wanted in (None, False, True):
        for node, status in organizers:
            if (status.concludes if status else None) is wanted and (status or _is_method(node)):
                for gene in _genes(reading, node):
                    _read_gene(reading, report, gene, status)
    for row in report.rows:
        reading.add_row(VARIANTS, row)
    _say_complete(reading, report)


def _is_method(organizer: Node) -> bool:
    """Say whether an organizer stands in the section that tells how, and on which genes, the test was made."""
    section = organizer.above("section")
    return section.is_of(_METHOD_SECTION) or section["code"].attribute("code") == "89201-8"


def _taken(reading: Reading, body: Node) -> Node:
    """Return when the specimen was taken, which is the date of a variant; that of the result is not."""
    for procedure in body.within("procedure"):
        if role_of(reading, procedure) == "prelevement" and procedure["effectiveTime"].date():
            reading.use(procedure["code"].pointer)
            return procedure["effectiveTime"]
    return Node(None, body.places)


def _status(reading: Reading, organizer: Node) -> Status | None:
    for qualifier in organizer["code"].each("qualifier"):
        part = reading.maps.first("cda-qualifiant", qualifier["name"].codings())
        found = meaning_of(reading, "cda-genetique", qualifier["value"].codings())
        if part in ("resultat", "conclusion") and found:
            labels = (organizer["code"].pointer, qualifier["name"].pointer, qualifier["value"].pointer)
            return Status(*found, part == "conclusion", labels)
    return None


def _genes(reading: Reading, organizer: Node) -> Iterator[Node]:
    for component in organizer.each("component"):
        for node in component.each("observation"):
            if role_of(reading, node) == "gene":
                yield node


def _gene(reading: Reading, node: Node) -> tuple[str, Coding] | None:
    """Return the gene of an observation; report one that the ontology does not know."""
    reading.use(node["code"].pointer)
    found = gene_said(reading, node["value"])
    if found is None:
        codings = node["value"].codings()
        reading.lose(node["value"].pointer, "gène que l'ontologie ne connaît pas", codings[0] if codings else None)
    return found


def _read_gene(reading: Reading, report: Report, node: Node, status: Status | None) -> None:
    found = _gene(reading, node) if is_said(reading, node) else None
    if found is None:
        return
    if status is None:
        _note_tested(reading, report, node, found)
        return
    value, rows = node["value"], report.of_gene(found[0])
    reason = _REASONS.get(status.value, "")
    if not reason and len(report.rows) >= MOST_VARIANTS:
        reason = f"plus de {MOST_VARIANTS} variants"
    if reason:
        reading.lose(value.pointer, reason, found[1])
    elif rows and status.concludes:
        _add(reading, node, rows, status)
    else:
        _add_row(reading, report, node, found, status)


def _add_row(reading: Reading, report: Report, node: Node, found: tuple[str, Coding], status: Status) -> None:
    value, details = node["value"], _details(reading, node)
    reading.use(*status.labels)
    gene = reading.leaf(found[0], value.pointer, found[1])
    row: dict[str, Any] = {
        "gene": gene,
        "alteration": _alteration(reading, found[0], details),
        "statut": reading.leaf(status.value, status.coding.pointer, status.coding),
        "tumeur": report.tumour,
        **details,
    }
    if status.value == ABSENT and row["alteration"] is None and (finer := _finer(reading, node)) is not None:
        row["alteration"] = reading.open("indetermine", finer.pointer)
    if status.value == ABSENT and found[0] in PREDISPOSITION:
        row["origine"] = reading.leaf(SOMATIC, value.pointer)
    if report.taken:
        row["date"] = reading.leaf(report.taken.date(), report.taken.pointer)
    if status.value != PRESENT and found[0] in report.exons:
        row["exon"] = reading.leaf(", ".join(report.exons[found[0]]), value.pointer)
    report.rows.append(row)
    if status.value == ABSENT and row["alteration"] is not None:
        reading.lose(value.pointer, "absence d'un variant précis : le reste du gène est ouvert", found[1])
    elif status.value == ABSENT:
        report.free.append((gene, status.coding))


def _add(reading: Reading, node: Node, rows: list[dict[str, Any]], status: Status) -> None:
    """Add a conclusion to the result it concludes on; report one that says otherwise or can't be placed."""
    details = _details(reading, node)
    reason = ""
    if any(row["statut"]["valeur"] != status.value for row in rows) or not _agree(rows[0], details):
        reason = "conclusion qui ne dit pas ce que dit le résultat : le résultat est repris"
    elif details and len(rows) > 1:
        reason = "conclusion sur un gène à plusieurs variants : duquel elle parle n'est pas dit"
    if reason:
        reading.lose(node["value"].pointer, reason, status.coding)
        return
    repeated = "conclusion qui dit ce que dit le résultat, déjà repris"
    reading.lose(node["value"].pointer, repeated, _first(node["value"]))
    reading.lose(status.coding.pointer, repeated, status.coding)
    for name, leaf in details.items():
        if rows[0].setdefault(name, leaf) is not leaf:
            reading.lose(leaf["origine"]["pointeur"], repeated)


def _first(value: Node) -> Coding | None:
    return next(iter(value.codings()), None)


def _agree(row: dict[str, Any], details: dict[str, Leaf]) -> bool:
    """Say whether texts are those of the row, a protein change in one letter or in three."""
    said = {name: str(row[name]["valeur"]) for name in details if row.get(name)}
    return all(
        text == details[name]["valeur"] or short(text) == str(details[name]["valeur"]).removeprefix("p.")
        for name, text in said.items()
    )


def _details(reading: Reading, node: Node) -> dict[str, Leaf]:
    """Return the columns below a gene: HGVS texts only in HGVS's own form, so that no free text passes."""
    found: dict[str, Leaf] = {}
    for relation in node.each("entryRelationship"):
        inner = relation["observation"]
        role = meaning_of(reading, "cda-role", inner["code"].codings())
        value = inner["value"]
        if role and role[0] in _SHAPES and value.text():
            column = "hgvs_p" if value.text().startswith("p.") and role[0] != "transcrit" else role[0]
            if _SHAPES[column].fullmatch(value.text()):
                reading.use(inner["code"].pointer)
                found[column] = reading.leaf(value.text(), value.pointer, role[1])
        elif role and role[0] == "impact":
            said = meaning_of(reading, "cda-impact", value.codings())
            if said:
                reading.use(inner["code"].pointer)
                found["impact"] = reading.leaf(said[0], value.pointer, said[1])
    return found


def _finer(reading: Reading, node: Node) -> Node | None:
    """Return what may say which variant of a gene was looked for: all that stands below it but a transcript."""
    for relation in node.each("entryRelationship"):
        role = meaning_of(reading, "cda-role", relation["observation"]["code"].codings())
        if not role or role[0] != "transcrit":
            return relation["observation"]
    return None


def _alteration(reading: Reading, gene: str, details: dict[str, Leaf]) -> Leaf | None:
    """Return the alteration, if the ontology has that protein change of that gene."""
    protein = details.get("hgvs_p")
    change = short(str(protein["valeur"])) if protein else ""
    concept = reading.ontology.find(f"{gene} {change}", ("alteration",)) if change else None
    return {**protein, "valeur": concept.id} if concept and protein else None


def _note_tested(reading: Reading, report: Report, node: Node, found: tuple[str, Coding]) -> None:
    """Note a gene of the method section with its exons: it was tested, which by itself is no result."""
    reason = "gène testé : son résultat, s'il est énoncé, est lu ailleurs ; sinon il reste ouvert"
    reading.lose(node["value"].pointer, reason, found[1])
    for relation in node.each("entryRelationship"):
        inner = relation["observation"]
        number = inner["value"].number()
        if role_of(reading, inner) == "exon" and isinstance(number, int):
            reading.use(inner["code"].pointer)
            reading.lose(inner["value"].pointer, "exon testé : il dit de quoi une absence est l'absence")
            report.exons.setdefault(found[0], []).append(str(number))


def _say_complete(reading: Reading, report: Report) -> None:
    """Write that the list is complete for genes found free of variants, where nothing limits what was looked at."""
    held = reading.records(VARIANTS)
    for gene, coding in report.free if held is not None else ():
        where = gene["origine"]["pointeur"]
        if any(row["statut"]["valeur"] != ABSENT for row in report.of_gene(str(gene["valeur"]))):
            reading.lose(where, "gène dit sans anomalie et porteur d'un autre résultat", coding)
        elif gene["valeur"] in report.exons:
            reading.lose(where, "absence cherchée dans les seuls exons testés : le reste du gène est ouvert", coding)
        elif gene["valeur"] in PREDISPOSITION:
            reading.lose(where, "absence cherchée dans la tumeur : elle ne dit rien du constitutionnel", coding)
        elif held is not None:
            held.setdefault("complet", []).append(gene)
