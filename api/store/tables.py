"""The tables: snapshots with their documents, decisions, CDS Hooks cards with what became of them, tokens seen."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, String, Table, Text

TABLES = MetaData()
DOCUMENTS = Table(
    "documents",
    TABLES,
    Column("hash", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)
SNAPSHOTS = Table(
    "snapshots",
    TABLES,
    Column("hash", String(80), primary_key=True),
    Column("published_at", String(32), nullable=False),
    Column("engine", String(100), nullable=False),
)
CONTENTS = Table(
    "snapshot_documents",
    TABLES,
    Column("snapshot", ForeignKey("snapshots.hash"), primary_key=True),
    Column("path", String(300), primary_key=True),
    Column("document", ForeignKey("documents.hash"), nullable=False),
)
DECISIONS = Table(
    "decisions",
    TABLES,
    Column("id", String(64), primary_key=True),
    Column("decided_at", String(32), nullable=False),
    Column("snapshot", String(80), nullable=False),
    Column("engine", String(100), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("region", String(20)),
    Column("centre", String(40)),
    Column("sheet", String(64), nullable=False),
    Column("query", Text, nullable=False),
    Column("answer", String(64), nullable=False),
    Column("parts", Text, nullable=False),
)
CARDS = Table(
    "cds_cards",
    TABLES,
    Column("id", String(36), primary_key=True),
    Column("service", String(100), nullable=False),
    Column("decision", String(64), nullable=False),
    Column("sent_at", String(32), nullable=False),
)
CARD_RULES = Table(
    "cds_card_rules",
    TABLES,
    Column("card", ForeignKey("cds_cards.id"), primary_key=True),
    Column("suggestion", String(36), primary_key=True),  # empty: the card as a whole
    Column("rule", String(100), primary_key=True),
)
FEEDBACK = Table(
    "cds_feedback",
    TABLES,
    Column("card", ForeignKey("cds_cards.id"), primary_key=True),
    Column("outcome_at", String(32), primary_key=True),
    Column("outcome", String(10), nullable=False),
    Column("reason_system", String(300)),
    Column("reason", String(100)),
    Column("comment", Text),
    Column("received_at", String(32), nullable=False),
)
ACCEPTED = Table(
    "cds_accepted",
    TABLES,
    Column("card", ForeignKey("cds_cards.id"), primary_key=True),
    Column("outcome_at", String(32), primary_key=True),
    Column("suggestion", String(36), primary_key=True),
)
TOKENS = Table(
    "cds_tokens",
    TABLES,
    Column("id", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False, index=True),
)
