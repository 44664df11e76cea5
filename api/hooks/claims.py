"""What a token claims, against what this installation accepts: every statement checked, none believed before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.hooks.call import is_address, required, wrong
from api.strict_json import read_object
from engine.problems import Problem, Refused

ALGORITHMS = {"ES384": "EC", "RS384": "RSA"}  # the two that the specification recommends; never `none`, never HMAC
OLDEST = 600  # seconds since it was issued; the clients seen sign for five minutes
SKEW = 60  # seconds two clocks may differ
LONGEST_ID = 500
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """A client that may call: who signs, where its keys are or which they are, for which tenants."""

    issuer: str
    jku: str = ""
    keys: tuple[Json, ...] = field(default=(), repr=False)
    tenants: tuple[str, ...] = ()


def read_clients(path: str) -> dict[str, Client]:
    """Return the clients of a file, by issuer; raise `Refused` with every problem of it."""
    if not path:
        return {}
    try:
        body = read_object(Path(path).read_bytes())
    except OSError as error:
        raise Refused(
            [wrong("/", f"ONCORULES_CDS_CLIENTS : le fichier ne se lit pas ({type(error).__name__})")]
        ) from None
    listed = body.get("clients")
    if not isinstance(listed, list) or not listed:
        raise Refused([wrong("/clients", "ONCORULES_CDS_CLIENTS : `clients` est une liste non vide")])
    problems = [problem for number, each in enumerate(listed) for problem in _of_client(each, f"/clients/{number}")]
    issuers = [each.get("iss") if isinstance(each, Mapping) else None for each in listed]
    problems += [
        wrong(f"/clients/{number}/iss", "cet émetteur est déclaré deux fois")
        for number, issuer in enumerate(issuers)
        if issuer and issuer in issuers[:number]
    ]
    if problems:
        raise Refused(problems)
    return {each["iss"]: _client(each) for each in listed}


def _client(entry: Json) -> Client:
    tenant = entry.get("tenant", [])
    keys = tuple(json.loads(json.dumps(key)) for key in entry.get("jwks", {}).get("keys", ()))
    return Client(entry["iss"], entry.get("jku", ""), keys, (tenant,) if isinstance(tenant, str) else tuple(tenant))


def _of_client(entry: object, place: str) -> Iterator[Problem]:
    if not isinstance(entry, Mapping):
        yield wrong(place, "un client est un objet", '{"iss": "https://…", "jku": "https://…"}')
        return
    for key in sorted(set(entry) - {"iss", "jku", "jwks", "tenant"}):
        yield wrong(f"{place}/{key}", f"`{key}` est inconnu", "champs : `iss`, `jku`, `jwks`, `tenant`")
    if not isinstance(entry.get("iss"), str) or not entry["iss"]:
        yield required(f"{place}/iss", "l'émetteur des jetons")
    jku, jwks, tenant = entry.get("jku"), entry.get("jwks"), entry.get("tenant", [])
    if jku is None and jwks is None:
        yield required(f"{place}/jku", "l'adresse des clés, ou les clés elles-mêmes (`jwks`)")
    if jku is not None and (not is_address(jku) or not jku.startswith("https://")):
        yield wrong(f"{place}/jku", "`jku` est une adresse en https")
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if jwks is not None and not (isinstance(keys, list) and keys and all(isinstance(each, Mapping) for each in keys)):
        yield wrong(f"{place}/jwks", '`jwks` est un jeu de clés : {"keys": […]}')
    names = [tenant] if isinstance(tenant, str) else tenant
    if not isinstance(names, list) or not all(isinstance(each, str) and each for each in names):
        yield wrong(f"{place}/tenant", "`tenant` est un texte ou une liste de textes")


def wrong_in_header(header: Json, client: Client) -> str:
    """Return what is wrong with a token's header, empty if nothing is."""
    if header.get("alg") not in tuple(ALGORITHMS):
        return "`alg` est ES384 ou RS384"
    if header.get("typ") != "JWT":
        return "`typ` est JWT"
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        return "`kid` manque"
    if "crit" in header:
        return "`crit` n'est pas admis"
    return "`jku` n'est pas celui de ce client" if header.get("jku") not in (None, client.jku or None) else ""


def wrong_in_claims(claims: Json, client: Client, endpoint: str, now: int) -> str:
    """Return what is wrong with a token's claims, empty if nothing is; `endpoint` is the exact address called."""
    audience = claims.get("aud")
    if endpoint not in ([audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []):
        return "`aud` n'est pas l'adresse exacte de ce point d'accès"
    if reason := _wrong_in_times(claims, now):
        return reason
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= LONGEST_ID:
        return "`jti` manque"
    return "`tenant` n'est pas de ce client" if client.tenants and claims.get("tenant") not in client.tenants else ""


def _wrong_in_times(claims: Json, now: int) -> str:
    expires, issued, before = (
        _time(claims.get(key, default)) for key, default in (("exp", None), ("iat", None), ("nbf", 0))
    )
    if expires is None or issued is None or before is None:
        return "`exp` et `iat` sont des nombres de secondes"
    if expires <= now - SKEW:
        return "le jeton a expiré"
    if issued > now + SKEW or before > now + SKEW:
        return "le jeton n'est pas encore valable"
    return "le jeton a été émis il y a trop longtemps" if issued < now - OLDEST - SKEW else ""


def _time(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if known else None  # type: ignore[arg-type]  # a number, as seen above
