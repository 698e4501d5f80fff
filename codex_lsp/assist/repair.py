"""A mend that needs no model: a change of the text that can be shown to be right."""

from dataclasses import dataclass

from codex_lsp.assist.result import TextEdit, with_edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change.

    Attributes:
        edits: In order, none overlapping another.
        label: What it does, in a few words.
    """

    edits: tuple[TextEdit, ...]
    label: str

    def made_in(self, text: str) -> str:
        """The text with it."""
        return with_edits(text, self.edits)
