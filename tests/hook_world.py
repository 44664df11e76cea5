"""Another party for the hooks: a FHIR server and key sets over real TLS, and a client that signs its calls."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.conftest import ROOT

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
PATIENT_VIEW = "/api/v1/cds-services/oncorules-patient-view"
RCP_REVIEW = "/api/v1/cds-services/oncorules-rcp-review"
TYPES = {
    "patient": "Patient",
    "conditions": "Condition",
    "observations": "Observation",
    "procedures": "Procedure",
    "medicationRequests": "MedicationRequest",
    "medicationStatements": "MedicationStatement",
    "medicationAdministrations": "MedicationAdministration",
    "allergies": "AllergyIntolerance",
    "familyHistories": "FamilyMemberHistory",
    "serviceRequests": "ServiceRequest",
}


def fixture() -> list[dict[str, Any]]:
    """Return the resources of our breast bundle."""
    bundle = json.loads((ROOT / "tests/fixtures/fhir/sein.json").read_text(encoding="utf-8"))
    return [entry["resource"] for entry in bundle["entry"]]


PATIENT = next(each["id"] for each in fixture() if each["resourceType"] == "Patient")


def searchset(resources: list[Any], **more: Any) -> dict[str, Any]:
    """Return a page of results."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


def prefetch(*left_out: str) -> dict[str, Any]:
    """Return everything that the templates ask for, but some keys."""
    found: dict[str, Any] = {}
    for key, kind in TYPES.items():
        listed = [each for each in fixture() if each["resourceType"] == kind]
        found[key] = listed[0] if key == "patient" else searchset(listed, total=len(listed))
    return {key: value for key, value in found.items() if key not in left_out}


def call(hook: str = "patient-view", **more: Any) -> dict[str, Any]:
    """Return a valid call; `context` is added to it."""
    context = {"userId": "Practitioner/1", "patientId": PATIENT, **more.pop("context", {})}
    return {"hook": hook, "hookInstance": INSTANCE, "context": context, **more}


# --- TLS ---


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of an authority's certificate and of a server's, with its key."""

    authority: Path
    chain: Path


def certificates(folder: Path) -> Certificates:
    """Make an authority and a certificate for 127.0.0.1."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = (
        _certificate(name, name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        _certificate(name, server, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    made = Certificates(folder / "authority.pem", folder / "server.pem")
    made.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.chain.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    return made


def _certificate(issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


# --- the other server ---


@dataclass(slots=True)
class Other:
    """A server of another party: answers by (method, path), and what it was asked."""

    address: str = ""
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def fhir(self) -> str:
        """Return the base of its FHIR server."""
        return f"{self.address}/fhir"

    def paths(self) -> list[tuple[str, str]]:
        """Return what was asked: method and path."""
        return [(each["method"], each["path"]) for each in self.asked]

    def serve(self, resources: list[dict[str, Any]], by_post: bool = True) -> None:
        """Hold a patient's resources; without search by POST if asked."""
        self.answers = {key: answer for key, answer in self.answers.items() if not key[1].startswith("/fhir")}
        self.asked.clear()
        for kind in TYPES.values():
            listed = [each for each in resources if each["resourceType"] == kind]
            if kind == "Patient":
                self.answers["GET", f"/fhir/Patient/{PATIENT}"] = listed[0]
            elif by_post:
                self.answers["POST", f"/fhir/{kind}/_search"] = searchset(listed, total=len(listed))
            else:
                self.answers["GET", f"/fhir/{kind}"] = searchset(listed, total=len(listed))


@contextmanager
def other_server(made: Certificates) -> Iterator[Other]:
    """Run the server of another party over TLS, in a thread of its own."""
    other = Other()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            parts = urlsplit(self.path)
            seen = {"method": self.command, "path": parts.path, "query": parse_qs(parts.query), "form": parse_qs(body)}
            other.asked.append({**seen, "headers": dict(self.headers)})
            found = other.answers.get((self.command, parts.path), (404, {}))
            found = found() if isinstance(found, Callable) else found  # type: ignore[arg-type]
            status, content = found if isinstance(found, tuple) else (200, found)
            told = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (content.pop("headers", {}) if isinstance(content, dict) else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = _answer  # noqa: N815  # the library's own names
        do_POST = _answer  # noqa: N815

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of a client that went away, as some tests make it do."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    other.address = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield other
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- a client that signs ---


@dataclass(frozen=True, slots=True)
class Signer:
    """A client's key, under an id and for an algorithm."""

    issuer: str
    kid: str
    algorithm: str = "ES384"
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()), repr=False)

    def jwk(self) -> dict[str, Any]:
        """Return the public key."""
        algorithm = jwt.algorithms.ECAlgorithm if self.algorithm == "ES384" else jwt.algorithms.RSAAlgorithm
        told = json.loads(algorithm.to_jwk(self.key.public_key()))
        told.pop("key_ops", None)
        return {**told, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def token(self, endpoint: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token for an address; a claim given as `None` is left out."""
        now = int(time.time())
        told = {"iss": self.issuer, "aud": endpoint, "exp": now + 300, "iat": now, "jti": str(uuid.uuid4()), **claims}
        kept = {key: value for key, value in told.items() if value is not None}
        return jwt.encode(kept, self.key, self.algorithm, headers={"kid": self.kid, **(header or {})})


def rsa_signer(issuer: str, kid: str, size: int = 2048) -> Signer:
    """Return a client with an RSA key."""
    return Signer(issuer, kid, "RS384", rsa.generate_private_key(public_exponent=65537, key_size=size))
