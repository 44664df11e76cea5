"""Everything that touches the world: HTTP, the command line, files and the database around the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the HTTP application (see `api.app`); imported only now, so that the use cases need no web framework."""
    from api.app import create_app as make

    return make(config)
