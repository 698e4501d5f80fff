"""The generations that run."""

from collections.abc import Callable

from codex_lsp.completion.answer import Answer
from codex_lsp.completion.generation import Generation
from codex_lsp.completion.waiters import Want
from codex_lsp.types import Candidate, CursorContext


class Runs:
    """Generations from their start until their task has ended; what they gave is handed on, if only a part."""

    def __init__(self, keep: Callable[[Answer], None], ended: Callable[[Generation], None]) -> None:
        """Hand answers to `keep`, and every generation whose task has ended by itself to `ended`."""
        self._keep = keep
        self._ended = ended
        self._generations: list[Generation] = []

    def add(self, generation: Generation) -> None:
        """One more runs."""
        self._generations.append(generation)
        generation.task.add_done_callback(lambda _: self._leave(generation))

    def answered(self, context: CursorContext, *, whole: bool) -> tuple[Answer, tuple[Candidate, ...]] | None:
        """What the newest generation that has an answer for a cursor gives there; where `whole`, all it ever will."""
        for generation in reversed(self._generations):
            typed = generation.anchor.typed_at(context) if generation.answered else None
            answer = generation.answer if typed is not None else None
            if answer is None or typed is None or (whole and not answer.is_whole):
                continue
            candidates = answer.going_on(typed)
            if candidates or (answer.is_whole and not typed):
                return answer, candidates
        return None

    def joinable(self, context: CursorContext, *, whole: bool) -> tuple[Generation, Want] | None:
        """The newest generation that may still bring what is wanted at a cursor."""
        for generation in reversed(self._generations):
            typed = generation.anchor.typed_at(context)
            if typed is not None and generation.may_bring(typed):
                return generation, Want(typed=typed, whole=whole)
        return None

    def is_typing(self) -> bool:
        """Whether the model works for somebody who types."""
        return any(generation.runs and not generation.is_prefetch for generation in self._generations)

    def has_any(self, uri: str) -> bool:
        """Whether anything runs for a document."""
        return any(run.runs and run.anchor.uri == uri for run in self._generations)

    def leave_behind(self, uri: str, text: str) -> None:
        """Stop what the new text of a document leads away from."""
        self._stop(lambda run: run.anchor.uri == uri and not run.is_on_its_way(text))

    def make_room(self, uri: str) -> None:
        """Stop what runs for a document and is not waited for: its model may have one thread for all."""
        self._stop(lambda run: run.anchor.uri == uri and not run.is_waited_for)

    def stop_prefetches(self) -> None:
        """Stop what nobody has asked for."""
        self._stop(lambda run: run.is_prefetch and not run.is_asked_for)

    def discard(self, uri: str | None = None) -> None:
        """Stop what runs for a document, or everything, and hand nothing on."""
        discarded = [run for run in self._generations if uri in (None, run.anchor.uri)]
        self._generations = [run for run in self._generations if run not in discarded]
        for generation in discarded:
            generation.stop()

    def _stop(self, is_wanted_gone: Callable[[Generation], bool]) -> None:
        for generation in [run for run in self._generations if run.runs and is_wanted_gone(run)]:
            # Kept at once: the next request may come before the task has ended.
            self._hand_on(generation)
            generation.stop()

    def _leave(self, generation: Generation) -> None:
        if generation in self._generations:
            self._generations.remove(generation)
            self._hand_on(generation)
            self._ended(generation)

    def _hand_on(self, generation: Generation) -> None:
        answer = generation.answer
        if answer is not None:
            self._keep(answer)
