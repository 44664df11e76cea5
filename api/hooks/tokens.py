"""A bearer token verified: who signed it, for this address, now, and once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jwt

from api.hooks.claims import ALGORITHMS, OLDEST, SKEW, Client, wrong_in_claims, wrong_in_header
from api.hooks.failures import FetchFailed, NotAuthorised
from api.hooks.keys import Jwk, Keys

LONGEST = 8192
SMALLEST_RSA = 2048
# Only the signature is the library's work: times and audience are checked with the time and the address passed in.
_SIGNATURE_ONLY = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
First = Callable[[str, str, int, int], bool]


def verify(header: str, endpoint: str, now: int, clients: Mapping[str, Client], keys: Keys, is_first: First) -> Client:
    """Return the client that an `Authorization` header proves; raise `NotAuthorised` saying why not.

    `is_first(issuer, jti, expires, now)` remembers a token and says whether it is seen for the first time.
    """
    kind, _, token = header.strip().partition(" ")
    if kind.lower() != "bearer" or not token or len(token) > LONGEST:
        raise NotAuthorised("`Authorization: Bearer` avec un jeton JWT est exigé à chaque appel")
    try:
        head = jwt.get_unverified_header(token)
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise NotAuthorised("le jeton n'est pas un JWT") from None
    client = clients.get(issuer) if isinstance(issuer, str) else None
    if client is None:
        raise NotAuthorised("`iss` n'est pas un client déclaré")
    _refuse(wrong_in_header(head, client))
    claims = _signed(token, head, client, keys, now)
    _refuse(wrong_in_claims(claims, client, endpoint, now))
    gone = int(min(claims["exp"], claims["iat"] + OLDEST)) + 2 * SKEW  # from then on it is refused for its times
    if not is_first(client.issuer, claims["jti"], gone, now):
        raise NotAuthorised("ce jeton a déjà servi (`jti`)")
    return client


def _refuse(reason: str) -> None:
    if reason:
        raise NotAuthorised(reason)


def _signed(token: str, head: Jwk, client: Client, keys: Keys, now: int) -> Jwk:
    """Return the claims of a token that the client signed."""
    try:
        found = keys.of(client, head["kid"], head["alg"], now)
    except FetchFailed as failure:
        raise NotAuthorised(str(failure)) from None
    if found is None:
        raise NotAuthorised("`kid` n'est pas une clé de ce client pour cet algorithme")
    try:
        key = jwt.PyJWK(dict(found), algorithm=head["alg"])
        if ALGORITHMS[head["alg"]] == "RSA" and key.key.key_size < SMALLEST_RSA:
            raise NotAuthorised(f"une clé RSA a au moins {SMALLEST_RSA} bits")
        return jwt.decode(token, key, algorithms=[head["alg"]], options=_SIGNATURE_ONLY)  # type: ignore[arg-type]  # a plain dictionary
    except (jwt.PyJWTError, ValueError, TypeError):
        raise NotAuthorised("la signature n'est pas celle de ce client") from None
