"""What our own engine was told of a session's texts, so that each request carries only what has changed."""

from collections.abc import Callable

from codex_lsp.models.wire import Json
from codex_lsp.types import WorkspaceTexts


class ToldTexts:
    """The texts of one session that one engine holds."""

    def __init__(self) -> None:
        """Nothing was told."""
        self.session: str | None = None
        self._held: dict[str, str] = {}

    def changes(self, now: WorkspaceTexts, opaque: Callable[[str], str]) -> Json:
        """What to send so that the engine holds `now`.

        Args:
            now: What it is to hold.
            opaque: A document's name for the engine.
        """
        if self.session != now.session.name:
            self.lost()
        texts = {opaque(text.name): text.text for text in now.texts}
        changed: list[Json] = [
            {"name": name, "text": text} for name, text in texts.items() if self._held.get(name) != text
        ]
        gone: list[Json] = [{"name": name, "text": None} for name in self._held if name not in texts]
        return {
            "session": now.session.name,
            "held": len(self._held),
            "changes": changed + gone,
            "order": list(texts),
        }

    def told(self, now: WorkspaceTexts, opaque: Callable[[str], str]) -> None:
        """The engine has taken it."""
        self.session = now.session.name
        self._held = {opaque(text.name): text.text for text in now.texts}

    def lost(self) -> None:
        """The engine may hold anything, or nothing: everything is told again."""
        self._held = {}
