"""All documents against dictionary and ontology, and against one another: what could be resolved, and every problem."""

from __future__ import annotations

from collections.abc import Iterable

from engine.check import Checker
from engine.check_barred import refuse_barred, refuse_barred_circles
from engine.check_definitions import check_definitions, refuse_cycles
from engine.check_links import check_links, refuse_double
from engine.check_rules import check_rule
from engine.check_trials import check_trial
from engine.dictionary import Dictionary
from engine.model import Definition, Guideline, Trial
from engine.ontology import Ontology
from engine.problems import Problem
from engine.statements import CheckedQuestion, CheckedRule, Knowledge


def check_all(
    guidelines: Iterable[Guideline],
    definitions: Iterable[Definition],
    trials: Iterable[Trial],
    dictionary: Dictionary,
    ontology: Ontology,
) -> tuple[Knowledge, list[Problem]]:
    """Resolve every document; return what could be resolved and all problems."""
    checker = Checker(dictionary, ontology, [])
    written = tuple(guidelines)
    questions, rules = _rules(checker, written)
    defined = tuple(check_definitions(checker, definitions))
    tried = tuple(check_trial(checker, trial) for trial in trials)
    check_links(checker, rules)
    refuse_barred_circles(checker, rules)
    for definition in defined:
        refuse_barred(checker, definition)
    refuse_cycles(checker, defined)
    return Knowledge(written, questions, rules, defined, tried), checker.problems


def _rules(
    checker: Checker, guidelines: tuple[Guideline, ...]
) -> tuple[tuple[CheckedQuestion, ...], dict[str, CheckedRule]]:
    """Resolve the questions and rules of every guideline."""
    questions: list[CheckedQuestion] = []
    rules: dict[str, CheckedRule] = {}
    for guideline in guidelines:
        for question in guideline.questions:
            posed = checker.all_written(question.posed_if)
            questions.append(CheckedQuestion(question, guideline, posed))
            for rule in question.rules:
                refuse_double(checker, rule, rules)
                rules[rule.id] = check_rule(checker, rule, guideline, question, posed)
    return tuple(questions), rules
