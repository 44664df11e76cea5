"""The parts put together: a knowledge base ready to evaluate, and the database that remembers."""

from __future__ import annotations

from collections.abc import Mapping

from api import library
from api.decide import Service, Services
from api.store import Store


def shipped(database: str) -> Services:
    """Return the services over the shipped base; raise `Refused` with its problems, `StoreFailed` for a wrong URL."""
    texts = library.texts()
    return Services(evaluator(texts), texts, Store(database), evaluator)


def evaluator(documents: Mapping[str, str]) -> Service:
    """Return a base ready to evaluate, from its documents."""
    from api.evaluate import Service as Evaluator
    from engine.snapshot import Base

    return Evaluator(Base.read(documents))
