"""What an installation may choose, from the environment: `ONCORULES_*`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HookSettings:
    """For CDS Hooks: who may call, from which pages, which FHIR servers are asked and how long, are comments kept.

    `clients` is the path of a file; `public_url` is the address of `/api/v1` as clients know it; `patience` is in seconds.
    """

    clients: str = ""
    public_url: str = ""
    origins: tuple[str, ...] = ()
    fhir_servers: tuple[str, ...] = ()
    patience: float = 5.0
    keep_comments: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The database's URL, the largest body in bytes, where the server listens, whether drafts are served, and the hooks."""

    database: str
    largest_body: int = 10 * MEBIBYTE
    host: str = "127.0.0.1"
    port: int = 8000
    validated_only: bool = False
    hooks: HookSettings = field(default_factory=lambda: HookSettings())


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; what is not set takes the default of a single machine."""
    return Settings(
        database=environment.get("ONCORULES_DATABASE") or f"sqlite:///{_state(environment)}/oncorules.sqlite3",
        largest_body=int(environment.get("ONCORULES_LARGEST_BODY") or 10 * MEBIBYTE),
        host=environment.get("ONCORULES_HOST") or "127.0.0.1",
        port=int(environment.get("ONCORULES_PORT") or 8000),
        validated_only=environment.get("ONCORULES_VALIDATED_ONLY") == "1",
        hooks=_hooks(environment),
    )


def _hooks(environment: Mapping[str, str]) -> HookSettings:
    return HookSettings(
        clients=environment.get("ONCORULES_CDS_CLIENTS") or "",
        public_url=(environment.get("ONCORULES_CDS_URL") or "").rstrip("/"),
        origins=tuple((environment.get("ONCORULES_CDS_ORIGINS") or "").split()),
        fhir_servers=tuple((environment.get("ONCORULES_CDS_FHIR_SERVERS") or "").split()),
        patience=float(environment.get("ONCORULES_CDS_PATIENCE") or 5),
        keep_comments=environment.get("ONCORULES_CDS_COMMENTS") == "1",
    )


def _state(environment: Mapping[str, str]) -> Path:
    """Return the folder for a user's state, as the XDG base directories have it."""
    home = environment.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "oncorules"
