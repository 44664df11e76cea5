"""Snapshots and decisions in a database: what was decided with which knowledge, never for whom."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    StaticPool,
    create_engine,
    event,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from api.failures import StoreFailed
from api.store.tables import CONTENTS, DECISIONS, DOCUMENTS, SNAPSHOTS, TABLES


@dataclass(frozen=True, slots=True)
class Decision:
    """What is remembered of an answer: hashes, dates and place; nothing of the patient."""

    id: str
    snapshot: str
    engine: str
    as_of: str
    region: str | None
    centre: str | None
    sheet: str
    query: str
    answer: str
    parts: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published knowledge base: its hash, when it was published and by which engine it was read."""

    hash: str
    published_at: str
    engine: str


class Store:
    """The database at a URL; every method raises `StoreFailed` when it can't be reached."""

    def __init__(self, url: str) -> None:
        """Prepare the connection; nothing is opened yet."""
        self._ready = False
        with _failures():
            self._engine = _engine(make_url(url))
        weakref.finalize(self, self._engine.dispose)

    def publish(self, snapshot: str, engine: str, documents: Mapping[str, str]) -> bool:
        """Keep a snapshot's documents as they are; say whether it was new."""
        try:
            with self.begin() as connection:
                connection.execute(insert(SNAPSHOTS).values(hash=snapshot, published_at=_now(), engine=engine))
                _keep(connection, snapshot, documents)
        except Known:
            return False
        return True

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return the published snapshots, the newest first."""
        wanted = select(SNAPSHOTS).order_by(SNAPSHOTS.c.published_at.desc(), SNAPSHOTS.c.hash)
        with self.begin() as connection:
            return tuple(Snapshot(**row) for row in connection.execute(wanted).mappings())

    def documents(self, snapshot: str) -> dict[str, str]:
        """Return a snapshot's documents, path → text; empty if it is not known."""
        wanted = select(CONTENTS.c.path, DOCUMENTS.c.body).join(DOCUMENTS).where(CONTENTS.c.snapshot == snapshot)
        with self.begin() as connection:
            return dict(connection.execute(wanted.order_by(CONTENTS.c.path)).all())

    def record(self, decision: Decision) -> None:
        """Remember a decision; made again, it stays as it was first written."""
        with suppress(Known), self.begin() as connection:
            connection.execute(insert(DECISIONS).values(**asdict(decision), decided_at=_now()))

    def decision(self, identifier: str) -> tuple[Decision, str] | None:
        """Return a remembered decision and when it was first made."""
        wanted = select(DECISIONS).where(DECISIONS.c.id == identifier)
        with self.begin() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None:
            return None
        return Decision(**{name: row[name] for name in Decision.__slots__}), row["decided_at"]

    def check(self) -> None:
        """Raise `StoreFailed` if the database can't be read."""
        with self.begin() as connection:
            connection.execute(select(SNAPSHOTS.c.hash).limit(1))

    def close(self) -> None:
        """Give back every connection, as before a fork."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction, on a database whose tables exist."""
        with _failures():
            if not self._ready:
                _create_tables(self._engine)
                self._ready = True
            with self._engine.begin() as connection:
                yield connection


class Known(Exception):
    """What was to be written is there already."""


@contextmanager
def _failures() -> Iterator[None]:
    """Turn the database's errors into ours, without the values they quote."""
    try:
        yield
    except IntegrityError as error:
        raise Known from error
    except (SQLAlchemyError, ImportError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreFailed(f"la base de données ne répond pas ({type(cause).__name__})") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        engine = create_engine(url, connect_args={"timeout": 2})
    else:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _create_tables(engine: Engine) -> None:
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    TABLES.create_all(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def _keep(connection: Connection, snapshot: str, documents: Mapping[str, str]) -> None:
    """Write each document once, however many snapshots hold it."""
    bodies = {hashlib.sha256(text.encode()).hexdigest(): text for text in documents.values()}
    known = set(connection.scalars(select(DOCUMENTS.c.hash).where(DOCUMENTS.c.hash.in_(bodies))))
    new = [{"hash": key, "body": text} for key, text in bodies.items() if key not in known]
    if new:
        connection.execute(insert(DOCUMENTS), new)
    rows = [
        {"snapshot": snapshot, "path": path, "document": hashlib.sha256(text.encode()).hexdigest()}
        for path, text in sorted(documents.items())
    ]
    if rows:
        connection.execute(insert(CONTENTS), rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
