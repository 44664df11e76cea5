"""The command `oncorules`: the verbs of the HTTP interface, without any logic of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from api import decide, forms, library, settings, telling
from api.assembly import shipped
from api.checking import check
from api.decide import Place, Services, View, today_in_paris
from api.documents import Document, from_file, is_xml, named
from api.progress import shown
from api.refusals import NAMED, describe
from api.render import to_json
from api.store import Store
from engine.problems import Problem, Refused

ANSWERED, REFUSED, WRONG_CALL = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return 0 if it answered, 1 if it refused or found problems, 2 if the call was wrong."""
    called = _parser().parse_args(arguments)
    try:
        return int(called.run(called))
    except NAMED as error:
        _refuse(error, called.json)
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"oncorules: {error.strerror}: {error.filename}\n")
        return WRONG_CALL
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="oncorules", description="Explained recommendations and trials for a fiche RCP."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    evaluate = _verb(verbs, "evaluate", _evaluate, "one sheet, or several documents of one patient → answer")
    convert = _verb(verbs, "convert", _convert, "outside form → native sheet, with every loss")
    for verb in (evaluate, convert):
        _sheets(verb)
        _same_patient(verb)
    convert.add_argument("--form", choices=forms.SHEET_NAMES, default="native", help="write the sheet in another form")
    _query(evaluate)
    check = _verb(verbs, "check", _check, "parse, check, run the cases beside the rules; all problems")
    check.add_argument("documents", nargs="*", metavar="DOCUMENT", help="only these (the whole base if none)")
    check.add_argument(
        "--coverage", action="store_true", help="also what the cases exercise, and what nothing speaks of"
    )
    search = _verb(verbs, "search", _search, "recommendations and trials")
    search.add_argument("words", nargs="+", metavar="WORDS")
    _verb(verbs, "publish", _publish, "keep the shipped base as an immutable snapshot")
    _verb(verbs, "history", _history, "the snapshots published so far")
    replay = _verb(
        verbs, "replay", _replay, "a decision again, from its sheet → the same bytes, or the first difference"
    )
    replay.add_argument("decision", metavar="DECISION")
    _sheets(replay)
    serve = _verb(verbs, "serve", _serve, "the HTTP server")
    serve.add_argument("--host", default=None, help="where to listen (127.0.0.1)")
    serve.add_argument("--port", type=int, default=None, help="on which port (8000)")
    serve.add_argument("--workers", type=int, default=None, help="how many processes")
    return parser


def _verb(verbs: Any, name: str, run: Any, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=about, description=about)
    parser.add_argument("--json", action="store_true", help="print the body that HTTP would answer")
    parser.set_defaults(run=run)
    return parser


def _sheets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sheets", nargs="+", metavar="SHEET", help="a file, or - for the standard input")


def _same_patient(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--same-patient", action="store_true", help="documents with other patient identifiers are one patient's"
    )


def _query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=date.fromisoformat, default=None, metavar="DATE", help="AAAA-MM-JJ")
    parser.add_argument("--region", default="", help="ISO 3166-2, such as FR-GES")
    parser.add_argument("--centre", default="", help="FINESS number")
    parser.add_argument("--tumour", default="", help="id of the one tumour to show")
    parser.add_argument("--snapshot", default="", help="hash of the published base to use")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr")
    parser.add_argument("--include", choices=("all",), default="", help="also what does not apply")
    parser.add_argument("--explain", choices=("none", "full"), default="full")
    parser.add_argument("--form", choices=forms.NAMES, default=forms.JSON, help="write the answer in another form")
    parser.add_argument("--accept", action="append", metavar="ID", help="what the board accepts (frcp, pps); repeated")


def _evaluate(called: argparse.Namespace) -> int:
    place = Place(called.as_of, called.region or None, called.centre or None, called.same_patient)
    view = View(called.lang, called.include, called.explain, called.tumour)
    asked = (_services(), _documents(called.sheets), place, view, today_in_paris(), called.snapshot)
    forms.check_accepted(called.form, called.accept)
    if called.form != forms.JSON:
        _, body = decide.write_as(called.form, called.accept, *asked)
        sys.stdout.buffer.write(body)
        return ANSWERED
    answer = decide.evaluate(*asked)
    return _print(answer, called.json, telling.answer(answer, called.lang))


def _convert(called: argparse.Namespace) -> int:
    converted = decide.convert(_services(), _documents(called.sheets), called.same_patient, called.form)
    return _print(converted, called.json, telling.converted(converted))


def _check(called: argparse.Namespace) -> int:
    start = perf_counter()
    given = {path: Path(path).read_text(encoding="utf-8") for path in called.documents}
    covered_on = today_in_paris() if called.coverage else None
    report = check(library.texts(), given, library.fiches(), shown, covered_on)
    report["seconds"] = round(perf_counter() - start, 3)
    _print(report, called.json, telling.checked(report))
    return REFUSED if report["problems"] else ANSWERED


def _search(called: argparse.Namespace) -> int:
    found = _services().search(" ".join(called.words))
    return _print(found, called.json, telling.found(found["items"]))


def _publish(called: argparse.Namespace) -> int:
    services = _services()
    new = services.publish()
    body = {"snapshot": services.current.snapshot, "new": new}
    return _print(body, called.json, [f"{body['snapshot']} {'publié' if new else 'déjà publié'}"])


def _history(called: argparse.Namespace) -> int:
    known = [asdict(each) for each in Store(settings.from_environment().database).snapshots()]
    lines = [f"{each['published_at']}  {each['hash']}  {each['engine']}" for each in known]
    return _print({"total": len(known), "items": known}, called.json, lines)


def _replay(called: argparse.Namespace) -> int:
    answer = decide.replay(_services(), called.decision, _documents(called.sheets))
    return _print(answer, called.json, ["la décision rejouée donne les mêmes octets"])


def _serve(called: argparse.Namespace) -> int:
    from api.server import serve

    chosen = settings.from_environment()
    port = chosen.port if called.port is None else called.port
    serve(called.host or chosen.host, port, _announce, called.workers)
    return ANSWERED


def _announce(address: str) -> None:
    """Say where the server is, with a call to try it and the first screen."""
    example = Path("knowledge/examples/sein-a.json")
    lines = [
        f"oncorules {address}",
        "",
        f"  curl -s -H 'Content-Type: application/json' --data @{example} {address}/api/v1/evaluations",
        "",
        f"first screen: {address}/",
    ]
    print("\n".join(lines), flush=True)


def _services() -> Services:
    return shipped(settings.from_environment())


def _documents(paths: Sequence[str]) -> list[Document]:
    """Read the files; a problem in one of several says which."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for number, path in enumerate(paths):
        try:
            documents.append(_document(path, number))
        except Refused as refused:
            inside = f"/{number}" if len(paths) > 1 else ""
            problems += [replace(each, pointer=inside + each.pointer) for each in refused.problems]
    if problems:
        raise Refused(problems)
    return documents


def _document(path: str, number: int) -> Document:
    if path == "-":
        body = sys.stdin.buffer.read()
        return named(from_file(body, "-.xml" if is_xml(body) else "-.json"), number)
    return named(from_file(Path(path).read_bytes(), Path(path).name), number)


def _print(body: Any, as_json: bool, lines: Iterable[str]) -> int:
    """Print the body that HTTP would answer, or lines for people."""
    if as_json:
        sys.stdout.buffer.write(to_json(body) + b"\n")
    else:
        print("\n".join(lines))
    return ANSWERED


def _refuse(error: Exception, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(to_json(describe(error)) + b"\n")
    elif isinstance(error, Refused):
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    else:
        sys.stderr.write(f"oncorules: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
