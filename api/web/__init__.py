"""The page: a form that posts a sheet, and the answer as a clinician reads it; nothing is kept. And pages on the base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api import decide, forms, library
from api.body import drain
from api.decide import Services, View, today_in_paris
from api.failures import NotFound, StoreFailed, UnknownForm
from api.render import to_pretty_json
from api.routes.common import DECISION, SNAPSHOT
from api.web.examples import examples
from api.web.form import Asked, language_of, read_form
from api.web.policy import answered
from api.web.refused import refusals
from api.web.sites import add_pages
from api.words.labels import say_in
from api.words.regions import NATIONAL, REGIONS, region_name
from api.words.telling import Telling, marked
from api.words.view import AnswerView
from engine.problems import Problem, Refused, in_sheet


def pages(services: Services) -> Blueprint:
    """Return the page over a knowledge base, with its style and script."""
    blueprint = Blueprint(
        "web", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )

    blueprint.add_app_template_filter(marked)

    add_pages(blueprint, services)

    @blueprint.get("/")
    def start() -> Response:
        return _page(Asked(language_of(request)))

    @blueprint.post("/")
    def evaluate() -> Response:
        asked = read_form(request)
        if asked.problems:
            return _refuse(asked, asked.problems, 422)
        return _answer(services, asked)

    @blueprint.errorhandler(RequestEntityTooLarge)
    def too_large(error: HTTPException) -> Response:
        drain(request)
        language = request.args.get("lang", "fr")
        say = say_in(language if language in ("fr", "en") else "fr")
        hint = say("refused.size.hint", size=request.max_content_length)
        return _refuse(Asked(language), [in_sheet("", "taille", say("refused.size"), hint)], 413)

    return blueprint


def _answer(services: Services, asked: Asked) -> Response:
    """Evaluate and show; whatever refuses the sheet is shown beside it."""
    try:
        documents = asked.documents()
        call = (services, documents, asked.place(), View(lang=asked.language), today_in_paris())
        if asked.form:
            answer, body = decide.write_as(asked.form, None, *call)
            return _marked(Response(body, content_type=forms.media_type(asked.form)), answer)
        answer = decide.evaluate(*call)
        if asked.files:  # the form keeps the one sheet that they are, to be mended or asked again
            whole = decide.convert(services, documents, asked.same_patient)["sheet"]
            asked = replace(asked, text=to_pretty_json(whole))
    except Refused as refused:
        return _refuse(asked, refused.problems, 422)
    except (UnknownForm, NotFound) as refused:
        return _refuse(asked, [in_sheet("", "forme", str(refused))], 422)
    except StoreFailed:
        say = say_in(asked.language)
        return _refuse(asked, [in_sheet("", "base", say("refused.store"))], 503)
    told = AnswerView(answer, services.current.base, Telling(services.current.base, asked.language))
    return _marked(_page(asked, answer=told, forms=forms.FORMS), answer)


def _marked(response: Response, answer: Mapping[str, Any]) -> Response:
    """Name the knowledge and the decision in the headers."""
    response.headers[SNAPSHOT] = answer["snapshot"]
    response.headers[DECISION] = answer["decision_id"]
    return response


def _refuse(asked: Asked, problems: Iterable[Problem], status: int) -> Response:
    return _page(asked, status, refused=refusals(problems, asked.text))


def _page(asked: Asked, status: int = 200, **shown: object) -> Response:
    say = say_in(asked.language)
    page = render_template(
        "web/page.html",
        asked=asked,
        t=say,
        lang=asked.language,
        other="en" if asked.language == "fr" else "fr",
        examples=examples(library.examples()),
        regions=REGIONS,
        national=NATIONAL,
        region_name=region_name,
        **shown,
    )
    return answered(page, status)
