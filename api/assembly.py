"""The parts put together: a knowledge base ready to evaluate, and the database that remembers."""

from __future__ import annotations

from collections.abc import Mapping

from api import library
from api.decide import Services
from api.evaluate import Service
from api.settings import Settings
from api.store import Store
from engine.problems import Refused


def shipped(chosen: Settings) -> Services:
    """Return the services over the shipped base; raise `Refused` with its problems, `StoreFailed` for a wrong URL."""
    make = validated if chosen.validated_only else evaluator
    texts = library.texts()
    service = make(texts)
    if service.base.problems:
        raise Refused(service.base.problems)
    return Services(service, texts, Store(chosen.database), make)


def evaluator(documents: Mapping[str, str]) -> Service:
    """Return a base ready to evaluate, from its documents."""
    return Service(library.read(documents))


def validated(documents: Mapping[str, str]) -> Service:
    """Return a base without the content that nobody has validated yet."""
    return Service(library.read(documents), validated_only=True)
