"""The texts that sessions have told the engine of: changes come with their requests, and all goes with the session."""

from collections import OrderedDict

from codex_lsp.service.fields import Fields
from codex_lsp.types import MemorySession, RememberedText, WorkspaceTexts

MAX_SESSIONS = 16
"""Of all callers together; those that asked last stay."""
MAX_CHARACTERS = 2_000_000
"""Of one session."""
MAX_TEXTS = 4096


class Memories:
    """What each session of each caller holds."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: OrderedDict[tuple[str | None, str], WorkspaceTexts] = OrderedDict()

    def take(self, tenant: str | None, told: Fields) -> tuple[WorkspaceTexts | None, bool]:
        """Take in what a request tells of its session.

        Returns:
            What the session holds now, None where that is nothing; and whether it held as much before as the caller
            thinks. Where it did not, all of it is forgotten, and the caller is to send it again.

        Raises:
            InvalidRequest: A field is wrong.
        """
        name, held_before = told.string("session"), told.integer("held", 0, low=0, high=MAX_TEXTS)
        changes = told.objects("changes", most=MAX_TEXTS)
        order = told.strings("order", most=MAX_TEXTS)
        before = self._held.pop((tenant, name), None)
        texts = {text.name: text for text in ([] if before is None else before.texts)}
        if len(texts) != held_before:
            return None, False
        for change in changes:
            key, text = change.string("name"), change.optional_string("text")
            texts.pop(key, None)
            if text is not None:
                texts[key] = RememberedText(name=key, text=text)
        kept = tuple(texts[key] for key in order if key in texts)
        if not kept or len(kept) != len(texts) or sum(len(text.text) for text in kept) > MAX_CHARACTERS:
            return None, not texts
        session = MemorySession(name=name) if before is None else before.session
        # The same object while nothing changes: who keeps what it made of it finds it again.
        now = before if before is not None and before.texts == kept else WorkspaceTexts(session=session, texts=kept)
        self._held[tenant, name] = now
        while len(self._held) > MAX_SESSIONS:
            self._held.popitem(last=False)
        return now, True

    def drop(self, tenant: str | None, name: str) -> None:
        """A session has ended."""
        self._held.pop((tenant, name), None)
