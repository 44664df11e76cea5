"""What a call can fail with, beside a document that is refused: one named exception each."""

from __future__ import annotations


class UnknownForm(Exception):
    """A document of a media type that nothing here reads."""

    def __init__(self, media_type: str) -> None:
        """Keep the media type that was declared."""
        self.media_type = media_type
        super().__init__(f"forme de document inconnue : `{media_type or 'non déclarée'}`")


class NotFound(Exception):
    """Something asked for by its id is not there."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Say what was asked for, and the nearest known ones."""
        self.what, self.hint = what, hint
        super().__init__(what)


class StoreFailed(Exception):
    """The database could not be read or written."""


class Differs(Exception):
    """A decision made again did not come out the same."""

    def __init__(self, decision: str, difference: dict[str, object]) -> None:
        """Keep the first difference, with both engines."""
        self.decision, self.difference = decision, difference
        super().__init__(f"la décision `{decision}` rejouée ne donne plus les mêmes octets")
