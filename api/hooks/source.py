"""A client's FHIR server: searches by `POST {Type}/_search`, then `GET`; every page; only where that is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from api.hooks.call import Authorised
from api.hooks.failures import FetchFailed
from api.hooks.fetching import Asked, Fetcher, Reply
from api.hooks.prefetch import PARTIAL, REFUSED, Part, part_of
from api.strict_json import read_object
from engine.problems import Refused

MOST_PAGES = 50
FORM = "application/x-www-form-urlencoded"
ACCEPTED = "application/fhir+json, application/json;q=0.9, application/json+fhir;q=0.8"
NOT_ALLOWED = "le serveur FHIR n'est pas de ceux que cette installation interroge"


def why_not(server: Authorised | None, allowed: Collection[str]) -> str:
    """Return why nothing may be fetched for a call, empty if it may."""
    if server is None:
        return "aucun serveur FHIR avec autorisation"
    if not server.base.startswith("https://"):
        return "le serveur FHIR n'est pas en https"
    return "" if server.base in {each.rstrip("/") for each in allowed} else NOT_ALLOWED


@dataclass(slots=True)
class Source:
    """A FHIR server for as long as one call lasts."""

    server: Authorised
    fetch: Fetcher
    clock: Callable[[], float]
    until: float
    largest: int
    _taken: int = field(default=0, repr=False)

    def all(self, key: str, query: str) -> Part:
        """Return everything that a query finds; raise `FetchFailed` if not even its first page can be had."""
        kind, _, search = query.partition("?")
        first = self._search(kind, search) if search else self._get(f"{self.server.base}/{query}")
        if first.get("resourceType") not in ("Bundle" if search else kind.partition("/")[0], "OperationOutcome"):
            raise FetchFailed("le serveur FHIR répond autre chose que ce qui est demandé")
        return self.rest(part_of(key, first, query))

    def rest(self, part: Part) -> Part:
        """Return a part with all the pages after it; raise `FetchFailed` if one can't be had."""
        pages, seen, place = [part], {part.next}, f"{part.key}, page suivante"
        while pages[-1].next:
            page = part_of(part.key, self._get(self._inside(pages[-1].next)), place)
            if page.next in seen or len(seen) >= MOST_PAGES:
                raise FetchFailed("les pages ne finissent pas")
            pages.append(page)
            seen.add(page.next)
        found = tuple(each for page in pages for each in page.found)
        refused = any(page.gap == REFUSED for page in pages)
        partial = max(page.total for page in pages) > len(found) or any(page.broken for page in pages)
        return Part(part.key, found, REFUSED if refused else PARTIAL if partial else "")

    def one(self, reference: str) -> Mapping[str, Any]:
        """Return one resource by its relative reference."""
        return self._get(f"{self.server.base}/{reference}")

    def _search(self, kind: str, search: str) -> Mapping[str, Any]:
        """Search by POST, so that no log of the way holds the patient; by GET where the server has no such search."""
        reply = self._send(f"{self.server.base}/{kind}/_search", search.encode())
        if reply.status not in (200, 401):
            reply = self._send(f"{self.server.base}/{kind}?{search}")
        return self._content(reply)

    def _get(self, url: str) -> Mapping[str, Any]:
        return self._content(self._send(url))

    def _send(self, url: str, form: bytes | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {self.server.token}", "Accept": ACCEPTED}
        headers |= {"Content-Type": FORM} if form else {}
        reply = self.fetch(Asked(url, headers, form), self.until - self.clock())
        self._taken += len(reply.body)
        if self._taken > self.largest:
            raise FetchFailed(f"les données dépassent {self.largest} octets")
        return reply

    def _content(self, reply: Reply) -> Mapping[str, Any]:
        if reply.status != 200:
            raise FetchFailed(f"le serveur FHIR répond {reply.status}")
        try:
            return read_object(reply.body)
        except Refused:
            raise FetchFailed("le serveur FHIR ne répond pas en JSON") from None

    def _inside(self, link: str) -> str:
        """Return the address of a page; raise `FetchFailed` if it leads out of the server."""
        try:
            base, page = urlsplit(self.server.base), urlsplit(urljoin(f"{self.server.base}/", link))
        except ValueError:
            raise FetchFailed("la page suivante n'a pas d'adresse") from None
        parts = re.split(r"[/\\]", unquote(unquote(page.path)))
        climbs = any(part.partition(";")[0] == ".." for part in parts)  # as servers and proxies may read it
        below = page.path == base.path or page.path.startswith(f"{base.path}/")
        same = (page.scheme, page.netloc) == (base.scheme, base.netloc)
        if not same or not below or climbs:
            raise FetchFailed("la page suivante est hors du serveur FHIR")
        return page.geturl()
