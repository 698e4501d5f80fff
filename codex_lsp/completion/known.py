"""What is known for a place before a model is asked: what is shown there, what runs, what was kept."""

from collections.abc import Callable

from codex_lsp.completion.answer import Answer, Given
from codex_lsp.completion.cache import Cache
from codex_lsp.completion.generation import Generation
from codex_lsp.completion.runs import Runs
from codex_lsp.completion.tier import Tier
from codex_lsp.completion.waiters import Want
from codex_lsp.types import CursorContext

_KEPT_CHARACTERS = 4_000_000
"""How much is kept to be served again: some two hundred answers."""


class Known:
    """Answers and generations of all documents, each found by the place it was for."""

    def __init__(self, ended: Callable[[Generation], None], *, reuse: bool) -> None:
        """Know nothing yet.

        Args:
            ended: Called with every generation that has ended and was not forgotten.
            reuse: Whether anything is served twice; else only those who wait for one generation share it.
        """
        self._reuse = reuse
        self._shown: dict[str, Answer] = {}
        self._cache = Cache(_KEPT_CHARACTERS if reuse else 0)
        self.runs = Runs(self._cache.put, ended)

    def served(self, context: CursorContext, *, whole: bool) -> Given | None:
        """What is known already for a cursor, or None where a model must be asked.

        While a person types what is shown, nothing else comes in its way: rows that were late for it wait for a place
        where it does not fit.

        Args:
            context: The cursor.
            whole: Only from a generation whose every row has ended by itself.
        """
        if not self._reuse:
            return None
        shown = self._shown.get(context.uri)
        typed = shown.anchor.typed_at(context) if shown is not None else None
        if shown is not None and typed and (shown.is_whole or not whole) and (rest := shown.going_on(typed)):
            return Given(answer=shown, candidates=rest, tier=Tier.TYPED)
        found = self.runs.answered(context, whole=whole) or self._cache.find(context, whole=whole)
        return None if found is None else Given(answer=found[0], candidates=found[1], tier=Tier.CACHE)

    def joinable(self, context: CursorContext, *, whole: bool) -> tuple[Generation, Want] | None:
        """A running generation that may yet give what is wanted at a cursor, and what that is."""
        found = self.runs.joinable(context, whole=whole)
        return found if self._reuse or found is None or not found[1].typed else None

    def note_shown(self, uri: str, answer: Answer) -> None:
        """A person sees candidates of `answer` in a document."""
        self._shown[uri] = answer

    def forget(self, uri: str) -> None:
        """End what runs for a document, and keep nothing of it."""
        self._shown.pop(uri, None)
        self._cache.forget(uri)
        self.runs.discard(uri)
