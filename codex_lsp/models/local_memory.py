"""The texts of sessions, as a model of ours remembers them: tokenised and sorted once, dropped with their session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from codex_lsp.decoding.memory import Places
from codex_lsp.types import MemorySession, RememberedText, WorkspaceTexts

MAX_NEW_CHARACTERS = 60_000
"""What is tokenised for one request at most, so that nobody waits for a workspace; the rest comes with later ones."""

MAX_GROUPS = 4
"""Groups of texts that are kept sorted in a session: those of the documents between which a person goes to and fro."""


@dataclass(slots=True)
class _Known:
    ids: dict[RememberedText, tuple[int, ...]] = field(default_factory=dict[RememberedText, tuple[int, ...]])
    sorted: dict[tuple[RememberedText, ...], Places] = field(default_factory=dict[tuple[RememberedText, ...], Places])


class LocalMemory:
    """What each session has told; used in the model's own thread."""

    def __init__(self, encode: Callable[[str], tuple[int, ...]]) -> None:
        """Remember in the tokens that `encode` makes of a text."""
        self._encode = encode
        self._sessions: WeakKeyDictionary[MemorySession, _Known] = WeakKeyDictionary()

    def places(self, told: WorkspaceTexts | None) -> list[Places] | None:
        """The places of what a session tells of; None where none does."""
        if told is None:
            return None
        known = self._sessions.setdefault(told.session, _Known())
        left = MAX_NEW_CHARACTERS
        chosen: list[RememberedText] = []
        for text in reversed(told.texts):
            if text not in known.ids and (left > 0 or not chosen):
                left -= len(text.text)
                known.ids[text] = self._encode(text.text)
            if text in known.ids:
                chosen.append(text)
        group = tuple(reversed(chosen))
        places = known.sorted.pop(group, None) or Places([known.ids[text] for text in group])
        known.sorted[group] = places
        while len(known.sorted) > MAX_GROUPS:
            del known.sorted[next(iter(known.sorted))]
        # Each document has a group without itself; what is in none of them is of the past.
        alive = {text for texts in known.sorted for text in texts}
        known.ids = {text: ids for text, ids in known.ids.items() if text in alive}
        return [places]
