"""The server: the base is read once, before the fork, and answers from every worker."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Any

from flask import Flask

from api.app import create_app

MOST_WORKERS = 4
THREADS = 4
PATIENCE = 5  # seconds a worker has to finish its answers once told to stop


def serve(host: str, port: int, ready: Callable[[str], None], workers: int | None = None) -> None:
    """Serve until told to stop; `ready` is called with the address once requests are answered."""
    app = create_app()
    if importlib.util.find_spec("gunicorn") is None:
        _serve_alone(app, host, port, ready)
    else:
        _serve_forked(app, host, port, ready, workers or min(os.cpu_count() or 1, MOST_WORKERS))


def _serve_forked(app: Flask, host: str, port: int, ready: Callable[[str], None], workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):
        """The application under gunicorn, configured here and nowhere else."""

        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"{host}:{port}",
                "control_socket_disable": True,
                "graceful_timeout": PATIENCE,
                "loglevel": "warning",
                "preload_app": True,
                "threads": THREADS,
                "when_ready": lambda server: ready(_address(*server.LISTENERS[0].sock.getsockname()[:2])),
                "worker_class": "gthread",
                "workers": workers,
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    Served().run()


def _serve_alone(app: Flask, host: str, port: int, ready: Callable[[str], None]) -> None:
    from werkzeug.serving import make_server

    server = make_server(host, port, app, threaded=True)
    ready(_address(host, server.server_port))
    server.serve_forever()


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
