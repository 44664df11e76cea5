"""A token is believed only if a declared client signed it for this address, now, once; keys are fetched where allowed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.warnings import InsecureKeyLengthWarning

from api.hooks.claims import LONGEST_ID, OLDEST, SKEW, Client, read_clients
from api.hooks.failures import FetchFailed, NotAuthorised
from api.hooks.fetching import Asked, Reply
from api.hooks.keys import KEPT, MOST_REFETCHES, REST, Keys
from api.hooks.tokens import verify
from api.store import Store
from api.store.hooks import HookMemory
from engine.problems import Refused
from tests.hook_world import Signer, rsa_signer

HERE = "https://rcp.example.fr/api/v1/cds-services/oncorules-patient-view"
JKU = "https://client.example.fr/jwks.json"
NOW = 1_800_000_000
SIGNER = Signer("https://client.example.fr", "k1")
RSA = rsa_signer("https://rsa.example.fr", "r1")


class Jwks:
    """Key sets by address, and how often they were fetched."""

    def __init__(self, *signers: Signer) -> None:
        self.signers = list(signers)
        self.fetched: list[str] = []
        self.reply: Reply | None = None

    def __call__(self, asked: Asked, seconds: float) -> Reply:
        self.fetched.append(asked.url)
        return self.reply or Reply(200, json.dumps({"keys": [each.jwk() for each in self.signers]}).encode())


def clients() -> dict[str, Client]:
    declared = [Client(SIGNER.issuer, JKU), Client(RSA.issuer, keys=(RSA.jwk(),), tenants=("chu",))]
    return {each.issuer: each for each in declared}


def checked(
    token: str, keys: Keys | None = None, now: int = NOW, is_first: Callable[..., bool] | None = None
) -> Client:
    first = is_first or (lambda *_: True)
    return verify(f"Bearer {token}", HERE, now, clients(), keys or Keys(Jwks(SIGNER)), first)


def token(signer: Signer = SIGNER, header: dict[str, Any] | None = None, **claims: Any) -> str:
    return signer.token(HERE, header, **{"iat": NOW, "exp": NOW + 300, "jti": "j", **claims})


def reason(given: str, **more: Any) -> str:
    with pytest.raises(NotAuthorised) as caught:
        checked(given, **more)
    return str(caught.value)


def test_what_a_declared_client_signed_is_believed() -> None:
    assert checked(token()).issuer == SIGNER.issuer
    assert checked(token(aud=[HERE, "https://elsewhere"])).issuer == SIGNER.issuer
    assert checked(token(header={"jku": JKU})).issuer == SIGNER.issuer
    assert checked(token(RSA, tenant="chu")).issuer == RSA.issuer


@pytest.mark.parametrize(
    "header", ["", "Basic YTpi", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", f"Bearer {'x' * 9000}"]
)
def test_anything_else_than_a_bearer_jwt_is_refused(header: str) -> None:
    with pytest.raises(NotAuthorised):
        verify(header, HERE, NOW, clients(), Keys(Jwks(SIGNER)), lambda *_: True)


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"aud": HERE + "/"}, "`aud`"),
        ({"aud": HERE.replace("https", "http")}, "`aud`"),
        ({"aud": [HERE + "/feedback"]}, "`aud`"),
        ({"aud": None}, "`aud`"),
        ({"exp": NOW - SKEW}, "expiré"),
        ({"exp": None}, "`exp`"),
        ({"exp": "soon"}, "`exp`"),
        ({"iat": None}, "`exp` et `iat`"),
        ({"iat": NOW + SKEW + 1}, "pas encore"),
        ({"nbf": NOW + SKEW + 1}, "pas encore"),
        ({"iat": NOW - OLDEST - SKEW - 1}, "trop longtemps"),
        ({"jti": None}, "`jti`"),
        ({"jti": ""}, "`jti`"),
        ({"jti": "j" * (LONGEST_ID + 1)}, "`jti`"),
        ({"exp": float("nan")}, "`exp`"),
        ({"exp": float("inf")}, "`exp`"),
        ({"iat": float("nan")}, "`exp` et `iat`"),
        ({"nbf": float("nan")}, "`exp` et `iat`"),
        ({"exp": 10**30}, "`exp`"),
        ({"iss": "https://other"}, "`iss`"),
        ({"iss": None}, "`iss`"),
    ],
)
def test_a_claim_that_is_missing_or_wrong_is_refused(claims: dict[str, Any], word: str) -> None:
    assert word in reason(token(**claims))


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ({"typ": "JOSE"}, "`typ`"),
        ({"kid": "k2"}, "`kid`"),
        ({"jku": "https://evil.example.fr/jwks.json"}, "`jku`"),
    ],
)
def test_a_header_that_is_wrong_is_refused(header: dict[str, Any], word: str) -> None:
    assert word in reason(token(header=header))


def test_a_header_without_type_or_key_is_refused() -> None:
    assert "`typ`" in reason(_assembled({"alg": "ES384", "kid": "k1"}))
    assert "`kid`" in reason(_assembled({"alg": "ES384", "typ": "JWT"}))
    assert reason(token(header={"crit": ["exp"]}))


def test_none_hmac_and_other_algorithms_are_refused() -> None:
    """Also where the client's public key is taken for the secret of an HMAC."""
    claims = {"iss": SIGNER.issuer, "aud": HERE, "exp": NOW + 300, "iat": NOW, "jti": "j"}
    public = SIGNER.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    none = jwt.encode(claims, None, "none", headers={"kid": "k1"})
    confused = _assembled({"alg": "HS384", "typ": "JWT", "kid": "k1"}, public)
    other = jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": "k1"})
    for wrong in (none, confused, other):
        assert "`alg`" in reason(wrong)


def test_a_key_of_another_type_or_curve_is_not_used() -> None:
    short = Signer(SIGNER.issuer, "k1", key=ec.generate_private_key(ec.SECP256R1()))
    for jwk in (RSA.jwk() | {"kid": "k1", "alg": "ES384"}, short.jwk(), SIGNER.jwk() | {"use": "enc"}, SIGNER.jwk() | {"alg": "ES256"}, {"kty": "oct", "k": "YQ", "kid": "k1"}):  # fmt: skip
        fetch = Jwks()
        fetch.reply = Reply(200, json.dumps({"keys": [jwk]}).encode())
        assert "`kid`" in reason(token(), keys=Keys(fetch))


@pytest.mark.parametrize("signer", [SIGNER, RSA], ids=["EC", "RSA"])
def test_a_private_key_in_the_set_is_not_used(signer: Signer) -> None:
    """Who publishes it can no longer be told from others; of RSA it could not even verify."""
    algorithm = jwt.algorithms.ECAlgorithm if signer is SIGNER else jwt.algorithms.RSAAlgorithm
    private = json.loads(algorithm.to_jwk(signer.key))
    private.pop("key_ops", None)
    given = Client(signer.issuer, keys=({**private, "kid": signer.kid},))
    with pytest.raises(NotAuthorised, match="`kid`"):
        verify(f"Bearer {token(signer)}", HERE, NOW, {signer.issuer: given}, Keys(Jwks()), lambda *_: True)


def test_a_signature_of_another_key_is_refused() -> None:
    assert "signature" in reason(token(Signer(SIGNER.issuer, "k1")))
    head, _, signature = token().split(".")
    changed = base64.urlsafe_b64encode(json.dumps({"iss": SIGNER.issuer, "aud": HERE}).encode()).rstrip(b"=").decode()
    assert "signature" in reason(f"{head}.{changed}.{signature}")


def test_a_small_rsa_key_is_refused() -> None:
    small = rsa_signer(SIGNER.issuer, "k1", 1024)
    with pytest.warns(InsecureKeyLengthWarning):
        given = token(small)
    assert "2048" in reason(given, keys=Keys(Jwks(small)))


def test_a_tenant_is_checked_where_the_client_has_some() -> None:
    assert "`tenant`" in reason(token(RSA))
    assert "`tenant`" in reason(token(RSA, tenant="other"))


def test_a_token_is_remembered_only_once_it_is_believed() -> None:
    seen: list[tuple[Any, ...]] = []

    def is_first(*given: Any) -> bool:
        seen.append(given)
        return len(seen) == 1

    for wrong in (token(Signer(SIGNER.issuer, "k1")), token(exp=NOW - 1000), token(aud="x")):
        reason(wrong, is_first=is_first)
    assert not seen
    assert checked(token(), is_first=is_first)
    assert "déjà servi" in reason(token(), is_first=is_first)
    issuer, identifier, expires, now = seen[0]
    assert (issuer, identifier, now) == (SIGNER.issuer, "j", NOW)
    assert expires > NOW + 300 + SKEW


def test_a_token_that_never_expires_is_remembered_no_longer_than_it_is_believed() -> None:
    gone: list[int] = []

    def is_first(_issuer: str, _token: str, expires: int, _now: int) -> bool:
        return not gone.append(expires)  # type: ignore[func-returns-value]  # it adds

    given = token(exp=9e10)
    assert checked(given, is_first=is_first)
    assert gone[0] <= NOW + OLDEST + 2 * SKEW
    assert "trop longtemps" in reason(given, now=gone[0])


def test_a_token_id_that_is_half_a_character_is_seen_once() -> None:
    memory = HookMemory(Store("sqlite:///:memory:"))
    assert checked(token(jti="\ud800"), is_first=memory.is_first)
    assert "déjà servi" in reason(token(jti="\ud800"), is_first=memory.is_first)


# --- keys ---


def test_keys_are_fetched_once_and_again_when_they_are_old() -> None:
    fetch = Jwks(SIGNER)
    keys = Keys(fetch)
    for now in (NOW, NOW + 1, NOW + KEPT):
        assert keys.of(clients()[SIGNER.issuer], "k1", "ES384", now)
    assert fetch.fetched == [JKU]
    assert keys.of(clients()[SIGNER.issuer], "k1", "ES384", NOW + KEPT + 1)
    assert fetch.fetched == [JKU, JKU]


def test_a_rotated_key_is_found_by_one_more_fetch_and_the_old_one_is_gone() -> None:
    fetch = Jwks(SIGNER)
    keys = Keys(fetch)
    assert checked(token(), keys=keys)
    new = Signer(SIGNER.issuer, "k2")
    fetch.signers = [new]
    assert checked(token(new), keys=keys)
    assert "`kid`" in reason(token(), keys=keys)
    assert len(fetch.fetched) == 3


def test_unknown_keys_do_not_make_endless_fetches() -> None:
    fetch = Jwks(SIGNER)
    keys = Keys(fetch)
    for number in range(5 * MOST_REFETCHES):
        assert keys.of(clients()[SIGNER.issuer], f"x{number}", "ES384", NOW) is None
    assert len(fetch.fetched) == 1 + MOST_REFETCHES


@pytest.mark.parametrize("reply", [Reply(500, b""), Reply(200, b"<html>"), Reply(302, b"")])
def test_keys_that_can_not_be_read_are_said_so(reply: Reply) -> None:
    fetch = Jwks()
    fetch.reply = reply
    with pytest.raises(FetchFailed):
        Keys(fetch).of(clients()[SIGNER.issuer], "k1", "ES384", NOW)
    assert "clés" in reason(token(), keys=Keys(fetch))


def test_keys_that_failed_are_not_asked_for_again_at_once() -> None:
    """A call without any valid token makes them be asked for: it must not do so as often as it likes."""
    fetch = Jwks(SIGNER)
    fetch.reply = Reply(500, b"")
    keys = Keys(fetch)
    for _ in range(20):
        assert "500" in reason(token(), keys=keys)
    assert len(fetch.fetched) == 1
    fetch.reply = None
    later = NOW + REST
    assert checked(token(), keys=keys, now=later)
    assert len(fetch.fetched) == 2


def test_keys_given_with_the_client_are_never_fetched() -> None:
    fetch = Jwks()
    assert checked(token(RSA, tenant="chu"), keys=Keys(fetch))
    assert fetch.fetched == []


# --- the file of clients ---


def test_every_problem_of_the_file_of_clients_is_told(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_text(
        json.dumps(
            {
                "clients": [
                    3,
                    {"iss": ""},
                    {"iss": "a", "jku": "http://h/k", "tenant": [1], "x": 1},
                    {"iss": "b", "jwks": {}},
                ]
            }
        )
    )
    with pytest.raises(Refused) as caught:
        read_clients(str(file))
    told = {each.pointer for each in caught.value.problems}
    assert told == {
        "/clients/0",
        "/clients/1/iss",
        "/clients/1/jku",
        "/clients/2/jku",
        "/clients/2/tenant",
        "/clients/2/x",
        "/clients/3/jwks",
    }
    file.write_text(json.dumps({"clients": [{"iss": "a", "jku": "https://h/1"}, {"iss": "a", "jku": "https://h/2"}]}))
    with pytest.raises(Refused, match="deux fois"):
        read_clients(str(file))
    for wrong in ("{}", '{"clients": []}', "[]"):
        file.write_text(wrong)
        with pytest.raises(Refused):
            read_clients(str(file))
    with pytest.raises(Refused):
        read_clients(str(tmp_path / "none.json"))
    assert read_clients("") == {}


def _assembled(header: dict[str, Any], secret: bytes = b"") -> str:
    """Return a token put together by hand, signed by HMAC where there is a secret."""
    claims = {"iss": SIGNER.issuer, "aud": HERE, "exp": NOW + 300, "iat": NOW, "jti": "j"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = hmac.new(secret, b".".join(parts), hashlib.sha384).digest() if secret else b"x" * 96
    return b".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=")]).decode()


@pytest.mark.parametrize("junk", [None, 3, [], {}, [1], "", True], ids=repr)
def test_a_header_or_claim_of_another_kind_is_refused(junk: Any) -> None:
    for key in ("alg", "kid", "typ"):
        assert reason(_assembled({"alg": "ES384", "typ": "JWT", "kid": "k1", key: junk}))
    for key in ("aud", "exp", "iat", "jti"):
        assert reason(token(SIGNER, **{key: junk}))
