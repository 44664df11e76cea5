"""The one way out: one request over HTTPS, bounded in time and size, following no redirection and no proxy."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from api.hooks.failures import FetchFailed

PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; what it carries is never shown."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body."""

    status: int
    body: bytes = field(repr=False)


class Fetcher(Protocol):
    """Sends one request, within so many seconds; raises `FetchFailed`."""

    def __call__(self, asked: Asked, seconds: float) -> Reply:
        """Return the reply, whatever its status."""
        ...


class _NoRedirect(HTTPRedirectHandler):
    """A redirection is a reply like another: a token never goes where the allow-list does not say."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        return None


class HttpsFetcher:
    """Fetches over HTTPS with the certificates that this machine trusts."""

    def __init__(self, largest: int) -> None:
        """Take no more than so many bytes of a body."""
        self._largest = largest
        self._opener: OpenerDirector = build_opener(
            ProxyHandler({}), _NoRedirect, HTTPSHandler(context=ssl.create_default_context())
        )

    def __call__(self, asked: Asked, seconds: float) -> Reply:
        """Return the reply; raise `FetchFailed` past the time or the size, or where nothing answers."""
        if not asked.url.startswith("https://"):
            raise FetchFailed("l'adresse n'est pas en https")
        if seconds <= 0:
            raise FetchFailed("le temps imparti est passé")
        until = time.monotonic() + seconds
        request = Request(asked.url, asked.form, dict(asked.headers), method="POST" if asked.form else "GET")
        try:
            with self._opener.open(request, timeout=seconds) as response:
                return Reply(response.status, self._read(response, until))
        except HTTPError as error:
            with error:
                return Reply(error.code, b"")
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise FetchFailed(f"le serveur ne répond pas ({type(error).__name__})") from None

    def _read(self, response: http.client.HTTPResponse, until: float) -> bytes:
        body = b""
        while piece := response.read1(PIECE):
            body += piece
            if len(body) > self._largest:
                raise FetchFailed(f"la réponse dépasse {self._largest} octets")
            if time.monotonic() > until:
                raise FetchFailed("le temps imparti est passé")
        return body
