"""Small bodies that would become large: entities, archives, depth, numbers without end; each is refused as one problem."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from api.errors import MEDIA_TYPE
from tests.fuzz import byte_changes as bombs
from tests.fuzz.judge import application

ROUTES = ("/api/v1/evaluations", "/api/v1/sheets/convert")
XML = {
    "billion laughs": bombs.BILLION_LAUGHS, "quadratic blow-up": bombs.QUADRATIC, "external entity": bombs.EXTERNAL,
    "external DTD": bombs.EXTERNAL_DTD, "parameter entity": bombs.PARAMETER, "depth": bombs.DEEP_XML, "width": bombs.WIDE_XML,
    "attributes": bombs.ATTRIBUTES,
}  # fmt: skip
JSON = {
    "depth": bombs.DEEP_JSON,
    "long number": bombs.LONG_NUMBER,
    "many keys": bombs.MANY_KEYS,
    "exponent": bombs.EXPONENT,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return application(tmp_path_factory.mktemp("database"))


def refusal(client: FlaskClient, route: str, body: bytes, media_type: str, **headers: str) -> tuple[int, str]:
    """Return the status and the first code of a refusal, which names nothing of what was sent."""
    answer = client.post(route, data=body, content_type=media_type, headers=headers)
    assert answer.content_type == MEDIA_TYPE
    assert answer.json["problems"]
    assert "root:" not in answer.text
    return answer.status_code, str(answer.json["problems"][0]["code"])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "name", ["billion laughs", "quadratic blow-up", "external entity", "external DTD", "parameter entity"]
)
def test_xml_with_a_dtd_is_refused_before_it_is_parsed(client: FlaskClient, route: str, name: str) -> None:
    assert refusal(client, route, XML[name], "application/xml") == (400, "xml-dtd")


@pytest.mark.parametrize("name", ["depth", "width", "attributes"])
def test_xml_too_deep_or_too_wide_is_refused(client: FlaskClient, name: str) -> None:
    status, code = refusal(client, ROUTES[0], XML[name], "application/xml")
    assert (status, code) in ((400, "xml-illisible"), (400, "xml-trop-grand"), (422, "cda-pas-un-document"))


@pytest.mark.parametrize("media_type", ["application/json", "application/fhir+json"])
@pytest.mark.parametrize("name", JSON)
def test_json_without_end_is_refused(client: FlaskClient, name: str, media_type: str) -> None:
    status, _ = refusal(client, ROUTES[0], JSON[name], media_type)
    assert status in (400, 422)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "GZIP"])
def test_a_packed_body_is_not_unpacked(client: FlaskClient, encoding: str) -> None:
    """Ten megabytes of spaces are ten thousand bytes packed: no encoding is taken."""
    body = bombs.packed(b" " * 10_000_000)
    assert len(body) < 20_000
    assert refusal(client, ROUTES[0], body, "application/xml", **{"Content-Encoding": encoding})[0] == 415


@pytest.mark.parametrize("pack", [bombs.packed, bombs.zipped])
@pytest.mark.parametrize(("media_type", "code"), [("application/xml", "xml"), ("application/json", "json")])
def test_an_archive_in_the_place_of_a_document_is_no_document(
    client: FlaskClient, pack: object, media_type: str, code: str
) -> None:
    assert callable(pack)
    status, found = refusal(client, ROUTES[0], pack(b"<a/>" * 1_000_000), media_type)
    assert status == 400
    assert found.startswith(code)


def as_file(client: FlaskClient, name: str, body: bytes, media_type: str) -> tuple[int, str]:
    """Send bytes as a file of a form, written here: the test client spools a large one to disk and forgets it."""
    head = f'--x\r\nContent-Disposition: form-data; name="d"; filename="{name}"\r\nContent-Type: {media_type}\r\n\r\n'
    form = head.encode() + body + b"\r\n--x--\r\n"
    return refusal(client, ROUTES[0], form, "multipart/form-data; boundary=x")


@pytest.mark.parametrize(("name", "body"), [("a.zip", bombs.zipped(b"<a/>")), ("a.xml.gz", bombs.packed(b"<a/>"))])
def test_an_archive_as_a_file_has_no_form_that_is_read(client: FlaskClient, name: str, body: bytes) -> None:
    assert as_file(client, name, body, "application/octet-stream")[0] == 415


@pytest.mark.parametrize("name", XML)
def test_an_xml_bomb_as_a_file_is_refused(client: FlaskClient, name: str) -> None:
    assert as_file(client, "a.xml", XML[name], "application/xml")[0] in (400, 422)


def test_no_file_is_spooled_to_the_disk(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document holds a patient: a large one, or one whose form ends too soon, leaves nothing open and nothing written."""
    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", pytest.fail)
    body = b"<a>" + b" " * 2_000_000 + b"</a>"
    assert as_file(client, "a.xml", body, "application/xml")[1] == "cda-pas-un-document"
    cut = b'--x\r\nContent-Disposition: form-data; name="d"; filename="a.xml"\r\n\r\n' + body
    assert refusal(client, ROUTES[0], cut, "multipart/form-data; boundary=x")[0] in (400, 422)
