"""What every page may load, and that nothing of it is kept."""

from __future__ import annotations

from flask import Response, make_response

# Invariant: nothing inline, nothing from elsewhere; a page can only talk to its own server.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def answered(page: str, status: int = 200) -> Response:
    """Return a page as a response."""
    response = make_response(page, status)
    response.headers.extend(HEADERS)
    return response
