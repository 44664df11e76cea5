"""An answer and what the board accepts of it → ready-made entries for a fiche RCP (CANCER-FRCP 2022.01, CDA R2).

The form is that of the national set of 2022: sections …158 (proposal) and …175 (frame), their entries node by node. What
the board software alone knows (header, identity, days, places, performers) is not there, or has a null flavour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.exports.cda.elements import Identifiers, element, written
from api.exports.cda.frcp_frame import frame
from api.exports.cda.frcp_proposal import proposal
from api.exports.cda.plans import accept
from api.words.telling import Telling
from engine.snapshot import Base


def frcp_entries(answer: Mapping[str, Any], accepted: Iterable[str] | None, base: Base) -> bytes:
    """Return a `structuredBody` with the sections …158 and …175, as XML.

    `accepted` are ids of recommendations and trials; None is every recommendation that applies, and no trial. Raises
    `Refused` for an id that the answer hasn't or sets aside. The same answer and ids always give the same bytes.
    """
    found = accept(answer, accepted)
    tell, identifiers = Telling(base, "fr"), Identifiers(answer["decision_id"])
    body = element(
        "structuredBody", None, proposal(found, answer, tell, identifiers), frame(found, answer, tell, identifiers)
    )
    return written(body)
