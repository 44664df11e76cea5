"""Random documents of the small world: guidelines, definitions of every sort, a trial."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.check_documents import check_all
from engine.documents import read_definitions, read_guideline, read_trial
from engine.domains import Leaves
from engine.model import Definition, Guideline, Trial
from engine.printing import show
from engine.problems import Problem
from engine.snapshot import Base, hash_of
from engine.source import read_yaml
from tests.agreement import vocabulary
from tests.agreement.conditions import BASIC, READ_BACK, Conditions
from tests.agreement.dice import Dice

REGION = "FR-GES"
_SOURCE = {"titre": "essai", "edition": "2026"}


@dataclass(slots=True)
class Documents:
    """Draws guidelines, definitions and a trial that pass the checker."""

    dice: Dice
    items: list[str]
    most: int = 2
    made: int = 0

    def conditions(self, barred: bool = False) -> Conditions:
        return Conditions(self.dice, self.items, barred=barred)

    def files(self) -> dict[str, str]:
        """Draw a whole base."""
        national = {
            "referentiel": "national",
            "emetteur": "N",
            "valable": "France",
            "questions": self.questions("q", self.most),
        }
        rules = [r["id"] for q in national["questions"] for r in q["recommandations"] if r.get("genre") != "sécurité"]
        found = {
            "knowledge/national/n.yaml": national,
            "knowledge/definitions/d.yaml": {"definitions": self.definitions()},
        }
        if rules and self.dice.chance(40):
            found["knowledge/regional/r.yaml"] = self.regional(rules)
        if self.dice.chance(40):
            found["knowledge/trials/t.yaml"] = self.trial()
        for body in found.values():
            if "referentiel" in body:
                body |= {"titre": "t", "source": _SOURCE, "statut": "à valider"}
        return {path: json.dumps(body, ensure_ascii=False) for path, body in found.items()}

    def name(self) -> str:
        self.made += 1
        return f"r{self.made}"

    def questions(self, prefix: str, most: int) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{prefix}{number}", "titre": "q", "posee_si": self.conditions().written(1),
                "encodage": self.dice.pick(("partiel", "complet")), "recommandations": self.rules(),
            }
            for number in range(self.dice.number(1, most))
        ]  # fmt: skip

    def rules(self) -> list[dict[str, Any]]:
        found = [self.rule(self.dice.number(0, 2), self.dice.chance(30)) for _ in range(self.dice.number(1, 2))]
        if self.dice.chance(50):
            found.append(self.safety())
        if self.dice.chance(25):
            found.append(self.rule(0) | {"complete": found[0]["id"]})
        if len(found) > 1 and self.dice.chance(15):
            found.append(
                self.rule(0)
                | {"exception_a": [found[0]["id"], *([found[1]["id"]] if found[1].get("genre") is None else [])]}
            )
        return found

    def rule(self, depth: int, barred: bool = False) -> dict[str, Any]:
        """Draw a rule with exceptions nested at most `depth` deep; an exception may conclude nothing."""
        body: dict[str, Any] = {
            "id": self.name(),
            "titre": "r",
            "si": self.conditions(barred).written(),
            "alors": self.action(),
        }
        if depth:
            body["sauf"] = [self.exception(depth - 1) for _ in range(self.dice.number(1, 2))]
        return body

    def exception(self, depth: int) -> dict[str, Any]:
        body = self.rule(depth if self.dice.chance(60) else 0)
        if self.dice.chance(50):
            del body["alors"]
        return body

    def safety(self) -> dict[str, Any]:
        modality = self.dice.pick(("contre-indiquer", "contre-indiquer", "éviter", "adapter", "exiger avant"))
        body = {
            "id": self.name(), "titre": "s", "genre": "sécurité", "si": self.conditions().written(1),
            "alors": {modality: self.dice.pick(vocabulary.concepts("traitement")), **({"quoi": "irm"} if modality == "exiger avant" else {})},
        }  # fmt: skip
        if modality == "exiger avant":
            body["satisfait_si"] = self.conditions().written(0)
        if modality == "adapter" and self.dice.chance(30):
            body["alors"]["action où"] = "dose >= 60 mg/m²"  # type: ignore[index]  # a mapping
        return body

    def action(self, depth: int = 1) -> Any:
        """Draw an action tree."""
        if depth and self.dice.chance(40):
            kind = self.dice.pick(("au choix", "ensemble", "puis"))
            return {kind: [self.action(depth - 1) for _ in range(self.dice.number(1, 3))], **self.maybe_if()}
        modality = self.dice.pick(("proposer", "proposer", "envisager", "éviter", "demander"))
        branch = "examen" if modality == "demander" else "traitement"
        return {modality: self.dice.pick(vocabulary.concepts(branch)), **self.maybe_if()}

    def maybe_if(self) -> dict[str, str]:
        return {"si": self.conditions().written(0)} if self.dice.chance(25) else {}

    def regional(self, rules: list[str]) -> dict[str, Any]:
        """Draw a regional guideline that replaces or restricts a national rule."""
        link = {self.dice.pick(("remplace", "restreint")): self.dice.pick(rules)}
        question = self.questions("g", 1)[0]
        question["recommandations"] = [self.rule(0) | link, *([self.rule(1)] if self.dice.chance(30) else [])]
        return {"referentiel": "regional", "emetteur": "R", "valable": REGION, "questions": [question]}

    def trial(self) -> dict[str, Any]:
        criteria = [self.criterion(number) for number in range(self.dice.number(1, 3))]
        body = {
            "essai": "NCT1",
            "titre": "t",
            "source": _SOURCE,
            "statut": "à valider",
            "population": self.conditions().written(1),
            "criteres": criteria,
        }
        if self.dice.chance(50):
            body["bras"] = [{"id": f"b{n}", "titre": "b", "criteres": [self.criterion(10 * n + 10)]} for n in range(2)]
        return body

    def criterion(self, number: int) -> dict[str, Any]:
        body = {"id": f"c{number}", "genre": self.dice.pick(("inclusion", "exclusion")), "texte": "c",
                "etape": self.dice.pick(("sélection", "inclusion", "randomisation"))}  # fmt: skip
        match self.dice.number(0, 9):
            case 8:
                return body | {"juger": self.dice.pick(vocabulary.JUDGEMENTS)}
            case 9:
                return body | {"etat": "non encodé"}
        return body | {"si": self.conditions().written(1)}

    # --- definitions ---

    def definitions(self) -> list[dict[str, Any]]:
        """Draw definitions of every sort; each reads items that come before it."""
        found: list[dict[str, Any]] = []
        if self.dice.chance(40):
            found.append({"ferme": "metastases", "si": "cM = M0", "inverse": "oui"})
        if self.dice.chance(20):
            found.append({"ferme": "traitements", "si": show(Conditions(self.dice, BASIC, ()).condition(1))})
        if self.dice.chance(60):
            found.append({"definit": "age", "formules": [{"formule": "délai(date_naissance, as_of)"}]})
        if self.dice.chance(50):
            found.append({"definit": "T_retenu", "choisit": self.dice.pick((["pT", "cT"], ["cT", "pT"]))})
        if self.dice.chance(50):
            found += [
                self.hormones(),
                {
                    "definit": "re_pct",
                    "inverse": "oui",
                    "table": {"colonnes": ["re_statut"], "lignes": [["positif", ">= 1"], ["negatif", "< 1"]]},
                },
            ]
        if self.dice.chance(40):
            found.append(
                {
                    "definit": "ganglions",
                    "inverse": "oui",
                    "table": {"colonnes": ["pN"], "lignes": [["N0", "0"], ["N1", "entre 1 et 3"], ["N2", ">= 4"]]},
                }
            )
        if self.dice.chance(50):
            found.append(self.formulas())
        before = [*BASIC, *READ_BACK, "age", "T_retenu", "re_statut", "clairance"]
        for name in ("menopause", "stade", "risque", "fragile"):
            if self.dice.chance(45):
                found.append(
                    self.boolean(name, before) if name in ("menopause", "fragile") else self.table(name, before)
                )
            before.append(name)
        return found

    def hormones(self) -> dict[str, Any]:
        return {
            "definit": "re_statut",
            "table": {
                "politique": "unique",
                "colonnes": ["re_pct"],
                "lignes": [[">= 1", "positif"], ["< 1", "negatif"]],
            },
        }

    def boolean(self, name: str, items: list[str]) -> dict[str, Any]:
        sides = self.dice.pick((("vrai_si", "faux_si"), ("vrai_si",), ("faux_si",)))
        body: dict[str, Any] = {
            "definit": name,
            **{side: show(Conditions(self.dice, items).condition(1)) for side in sides},
        }
        return self.conditional(body, items)

    def conditional(self, body: dict[str, Any], items: list[str]) -> dict[str, Any]:
        if self.dice.chance(25):
            body["si"] = show(Conditions(self.dice, items).condition(0))
        if self.dice.chance(15):
            body["inverse"] = "oui"
        return body

    def table(self, name: str, items: list[str]) -> dict[str, Any]:
        """Draw a decision table over two or three items, with gaps, impossible rows and each hit policy."""
        wanted = [i for i in items if vocabulary.dictionary().items[i].kind in ("echelle", "enumeration", "booleen")]
        columns = self.dice.some(wanted, 1, 2)
        domain = vocabulary.dictionary().items[name].leaves()
        lines = []
        for _ in range(self.dice.number(1, 5)):
            cells = [
                "-" if self.dice.chance(25) else self.cell(vocabulary.dictionary().items[c].leaves()) for c in columns
            ]
            output = "impossible" if self.dice.chance(10) else self.dice.pick(tuple(domain.sets))
            lines.append([*cells, output])
        policy = self.dice.pick(("unique", "any", "collect max"))
        return self.conditional(
            {"definit": name, "table": {"politique": policy, "colonnes": [*columns, "alors"], "lignes": lines}}, items
        )

    def cell(self, domain: Leaves) -> str:
        if self.dice.chance(30):
            return f"parmi ({', '.join(self.dice.some(tuple(domain.sets), 1, 2))})"
        return self.dice.pick(tuple(domain.sets))

    def formulas(self) -> dict[str, Any]:
        rows = [
            {"si": "sexe = F", "formule": "min((140 - age) * poids * 1,04 / creatinine ; 1000)"},
            {"si": "sexe = M", "formule": "min((140 - age) * poids * 1,23 / creatinine ; 1000)"},
        ]
        other = [
            "racine(poids * taille)",
            "max(poids ; taille / 2) + 10",
            "poids ^ 0,5 * 10",
            "max(min(poids ; 100) - taille ; 0)",
        ]
        return {
            "definit": "clairance",
            "formules": self.dice.pick((rows, rows[:1], [{"formule": self.dice.pick(other)}])),
        }


def read_base(files: Mapping[str, str]) -> Base:
    """Read documents against the small dictionary and ontology, which are read once."""
    problems: list[Problem] = []
    guidelines: list[Guideline] = []
    definitions: list[Definition] = []
    trials: list[Trial] = []
    for path, text in files.items():
        root, found = read_yaml(path, text)
        problems += found
        if "referentiel" in text[:16]:
            guidelines.append(read_guideline(root, problems))  # type: ignore[arg-type]  # it was written just now
        elif "essai" in text[:16]:
            trials.append(read_trial(root, problems))  # type: ignore[arg-type]  # as above
        else:
            definitions += read_definitions(root, problems)  # type: ignore[arg-type]  # as above
    dictionary, ontology = vocabulary.dictionary(), vocabulary.ontology()
    knowledge, found = check_all(guidelines, definitions, trials, dictionary, ontology)
    problems += found
    assert not problems, "\n".join(map(str, problems))
    return Base(hash_of(files), files, dictionary, ontology, knowledge)
