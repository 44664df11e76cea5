"""The public keys of clients: their own sets, fetched from allow-listed addresses, kept for a while."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.hooks.claims import ALGORITHMS, Client
from api.hooks.failures import FetchFailed
from api.hooks.fetching import Asked, Fetcher
from api.strict_json import read_object
from engine.problems import Refused

KEPT = 600  # seconds a fetched set is believed
REST = 15  # seconds before an address that failed is asked again: calls need no token to make it be asked
MOST_REFETCHES = 10  # in that time, for keys that a set does not have
PATIENCE = 5.0
MOST_KEYS = 50
Jwk = Mapping[str, Any]


@dataclass(slots=True)
class _Set:
    fetched: int
    keys: tuple[Jwk, ...]
    refetched: int = 0


@dataclass(slots=True)
class Keys:
    """The keys of every client, by the time that is passed in."""

    fetch: Fetcher
    _sets: dict[str, _Set] = field(default_factory=dict)
    _failed: dict[str, tuple[int, str]] = field(default_factory=dict)

    def of(self, client: Client, kid: str, algorithm: str, now: int) -> Jwk | None:
        """Return a client's key for an algorithm, `None` if it has none; raise `FetchFailed`.

        A key that a kept set does not have makes it be fetched once more: keys are rotated.
        """
        if client.keys:
            return _find(client.keys, kid, algorithm)
        known = self._sets.get(client.jku)
        if known is None or now - known.fetched > KEPT:
            known = self._sets[client.jku] = _Set(now, self._fetched(client.jku, now))
        elif not any(each.get("kid") == kid for each in known.keys) and known.refetched < MOST_REFETCHES:
            known.refetched += 1
            known.keys = self._fetched(client.jku, now)
        return _find(known.keys, kid, algorithm)

    def _fetched(self, jku: str, now: int) -> tuple[Jwk, ...]:
        """Return a set as it is fetched; where that failed a moment ago, fail again without asking."""
        at, why = self._failed.get(jku, (now - REST, ""))
        if now - at < REST:
            raise FetchFailed(why)
        try:
            return self._asked(jku)
        except FetchFailed as failure:
            self._failed[jku] = now, str(failure)
            raise

    def _asked(self, jku: str) -> tuple[Jwk, ...]:
        reply = self.fetch(Asked(jku, {"Accept": "application/json"}), PATIENCE)
        if reply.status != 200:
            raise FetchFailed(f"les clés du client ne se lisent pas : réponse {reply.status}")
        try:
            listed = read_object(reply.body).get("keys")
        except Refused:
            raise FetchFailed("les clés du client ne se lisent pas : ce n'est pas du JSON") from None
        keys = listed if isinstance(listed, list) else []
        return tuple(json.loads(json.dumps(each)) for each in keys[:MOST_KEYS] if _is_plain(each))


def _is_plain(key: object) -> bool:
    return isinstance(key, Mapping) and all(
        isinstance(value, str) for value in key.values() if not isinstance(value, list)
    )


def _find(keys: Iterable[Jwk], kid: str, algorithm: str) -> Jwk | None:
    """Return the key of that id, if it is a public key for that algorithm and nothing else."""
    for key in keys:
        fits = key.get("kty") == ALGORITHMS[algorithm] and key.get("alg", algorithm) == algorithm
        public = "d" not in key and key.get("use", "sig") == "sig"
        if key.get("kid") == kid and fits and public:
            return key if algorithm != "ES384" or key.get("crv") == "P-384" else None
    return None
