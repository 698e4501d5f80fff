"""From a request at a cursor to ranked candidates: gate, reuse, wait, prompt, sample, filter, rank.

A generation belongs to the pipeline and requests wait on it: two methods at one position share one, a request that
is cancelled leaves it running for a moment, and text that is typed as suggested is served from it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from codex_lsp.completion.adapters import Adapters
from codex_lsp.completion.alarm import SetAlarm, set_alarm
from codex_lsp.completion.extent import ExtentKind, extent_at, stop_indent_at, stops_at
from codex_lsp.completion.filters import Filter
from codex_lsp.completion.gate import hold_reason, removed_only
from codex_lsp.completion.generation import Generation, Job, Patience, Superseded
from codex_lsp.completion.memory import WorkspaceMemory
from codex_lsp.completion.turns import Turn, Turns
from codex_lsp.config import Settings
from codex_lsp.context.cursor import plain_newlines, with_plain_newlines
from codex_lsp.context.prompt import CountTokens, build_prompt
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate, CursorContext, Prompt, SamplingParams, Trigger

__all__ = ["Completion", "CompletionRequest", "Pipeline", "Superseded"]

logger = logging.getLogger(__name__)

EMBEDDED = "embedded"
"""The model that comes with the program, as engines name it."""
MAX_AUTOMATIC = 3
"""Candidates shown to somebody who did not ask."""
_KEPT_GENERATIONS = 4
"""Generations kept of one document: the last few places that a person comes back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One request: where, in which version of the document, who asks, and by which method of the protocol."""

    context: CursorContext
    version: int
    trigger: Trigger
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The answer: candidates, best first (none: nothing to show), and what they were sampled with."""

    candidates: tuple[Candidate, ...] = ()
    prompt: Prompt | None = None
    params: SamplingParams | None = None
    model: str = ""


@dataclass(slots=True)
class _Seen:
    """What is known of a document: its last text, and whether that came by removing only."""

    text: str
    only_removed: bool = False


class Pipeline:
    """Completes at cursors of any number of documents with one model."""

    def __init__(
        self,
        model: LanguageModel,
        settings: Settings,
        *,
        count_tokens_for: Callable[[str | None], CountTokens],
        seed: int = 0,
        set_alarm: SetAlarm = set_alarm,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        """Build one; nothing is asked of the model before the first request.

        Args:
            model: What samples.
            settings: Put in force again by `configure`.
            count_tokens_for: A counter of tokens for the tokenizer at a path, or for None.
            seed: Every generation's; with equal prompt and parameters, equal seeds give equal rows.
            set_alarm: Time; tests bring their own.
            tell: Is told, once each, of adapters that cannot be used; completion goes on without them.
        """
        self._model = model
        self._settings = settings
        self._tell = tell
        self.recitation: Filter | None = None
        """Leaves out what the embedded model would recite."""
        self._adapters = Adapters(settings, tell)
        self._count_tokens_for = count_tokens_for
        self._counters: dict[str, CountTokens] = {}
        self._counting = asyncio.Lock()
        self._seed = seed
        self._set_alarm = set_alarm
        self._turns = Turns()
        self.memory = WorkspaceMemory()
        """The texts of open documents; whoever reads other files of a trusted workspace may add theirs."""
        self._seen: dict[str, _Seen] = {}
        self._generations: dict[str, list[Generation]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def complete(self, request: CompletionRequest) -> Completion:
        """Candidates for a cursor, best first.

        Raises:
            Superseded: A newer request of the same method and document came, or the text went another way.
            ModelError: The model failed.
        """
        context = with_plain_newlines(request.context)
        seen = self._seen.get(context.uri)
        only_removed = seen is not None and seen.only_removed
        # Whatever becomes of it, an older request of the same kind is answered now.
        turn = self._turns.begin(context.uri, request.method, (request.version, len(context.prefix)))
        try:
            hold = hold_reason(context, request.trigger, self._settings, only_removed=only_removed)
            if hold is not None:
                logger.debug("nothing is suggested: %s", hold)
                return Completion()
            document = request.context.prefix + request.context.suffix if seen is None else seen.text
            completion = await self._answer(context, request.trigger, turn, document)
        finally:
            self._turns.end(turn)
        candidates = completion.candidates
        if self.recitation is not None and completion.model.partition("@")[0] == EMBEDDED:
            candidates = tuple(each for each in candidates if self.recitation(each, context) is not None)
        limit = len(candidates) if request.trigger is Trigger.INVOKED else MAX_AUTOMATIC
        return Completion(
            candidates=candidates[:limit],
            prompt=completion.prompt,
            params=completion.params,
            model=completion.model,
        )

    def document_changed(self, uri: str, text: str) -> None:
        """Take note of a document's new text: generations that it leaves behind are ended."""
        self.memory.note(uri, text)
        before = self._seen.get(uri)
        if before is None:
            self._seen[uri] = _Seen(text)
        elif text != before.text:
            self._seen[uri] = _Seen(text, removed_only(before.text, text))
        running = [generation for generation in self._generations.get(uri, ()) if generation.runs]
        plain = plain_newlines(text) if running else text
        for generation in running:
            if not generation.is_on_its_way(plain):
                generation.stop()

    def document_closed(self, uri: str) -> None:
        """Forget a document and end what runs for it; requests that wait for it are superseded."""
        self._seen.pop(uri, None)
        self.memory.forget(uri)
        for generation in self._generations.pop(uri, ()):
            generation.stop()
        self._turns.supersede_document(uri)

    def configure(self, settings: Settings) -> None:
        """Put other settings in force; what runs under the old ones is ended, what was sampled is forgotten."""
        if settings == self._settings:
            return
        self._settings = settings
        self._adapters = Adapters(settings, self._tell)
        for generations in self._generations.values():
            for generation in generations:
                generation.stop()
        self._generations.clear()

    async def close(self) -> None:
        """End everything that runs. The model stays open: it is its owner's."""
        for uri in list(self._generations):
            self.document_closed(uri)
        self._turns.supersede_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, context: CursorContext, trigger: Trigger, turn: Turn, document: str) -> Completion:
        """Serve, join or start; `document` is the text that was current when the request came."""
        whole = trigger is Trigger.INVOKED
        unknown = self._served(context, whole=whole) is None and self._joinable(context, whole=whole) is None
        if unknown and trigger is Trigger.AUTOMATIC:
            await turn.pause(self._settings.completion.debounce_ms / 1000, self._set_alarm)
        waited: Generation | None = None
        while (served := self._served(context, whole=whole, waited=waited)) is None:
            waited = self._joinable(context, whole=whole)
            if waited is None:
                self._require_unchanged(context.uri, document)
                waited = self._started(context)
            await turn.wait_for(waited, whole=whole)
        return served

    def _require_unchanged(self, uri: str, document: str) -> None:
        """Ask nothing of a model for a text that the document has left meanwhile.

        Compared with the document's own text then, not with the cursor's: that may hold a selected menu entry.

        Raises:
            Superseded: It has.
        """
        seen = self._seen.get(uri)
        if seen is not None and seen.text != document:
            raise Superseded

    def _served(self, context: CursorContext, *, whole: bool, waited: Generation | None = None) -> Completion | None:
        """What an answered generation has for this place, or None where a model must be asked.

        Args:
            context: The place.
            whole: Only from one whose every row has ended by itself, or from `waited`.
            waited: What this request has waited for to its end: there is no better answer to come.
        """
        for generation in reversed(self._generations.get(context.uri, ())):
            if not generation.answered or (whole and not generation.whole and generation is not waited):
                continue
            typed = generation.typed_since(context.prefix, context.suffix)
            if typed is None:
                continue
            candidates = generation.candidates_after(typed)
            # At its own place even nothing is an answer; after more was typed, another run may know more.
            if (candidates or not typed) and generation.job is not None:
                job = generation.job
                model = self._adapters.served_name(job.model, job.params)
                return Completion(candidates=tuple(candidates), prompt=job.prompt, params=job.params, model=model)
        return None

    def _joinable(self, context: CursorContext, *, whole: bool) -> Generation | None:
        """A running generation that has yet to give what is wanted, and still fits."""
        for generation in reversed(self._generations.get(context.uri, ())):
            awaited = generation.runs and (whole or not generation.answered)
            if awaited and generation.typed_since(context.prefix, context.suffix) is not None:
                return generation
        return None

    def _started(self, context: CursorContext) -> Generation:
        settings = self._settings
        generation = Generation(
            context,
            prepare=lambda: self._prepared(context, settings),
            sample=self._adapters.sampling(self._model.sample),
            patience=Patience(
                late_row_s=settings.completion.late_row_ms / 1000,
                timeout_s=settings.completion.timeout_ms / 1000,
            ),
            set_alarm=self._set_alarm,
        )
        self._tasks.add(generation.task)
        generation.task.add_done_callback(self._tasks.discard)
        for known in self._generations.get(context.uri, ()):
            # A model may have one thread for all: it is free for the newest place at once.
            if known.runs and not known.is_waited_for:
                known.stop()
        kept = [known for known in self._generations.get(context.uri, ()) if not known.failed]
        ended = [known for known in kept if not known.runs]
        superfluous = ended[: max(len(ended) - _KEPT_GENERATIONS + 1, 0)]
        self._generations[context.uri] = [known for known in kept if known not in superfluous] + [generation]
        return generation

    async def _prepared(self, context: CursorContext, settings: Settings) -> Job:
        capabilities = await self._model.capabilities()
        count_tokens = await self._counter(capabilities.tokenizer)
        completion = settings.completion
        extent = extent_at(context)
        params = SamplingParams(
            n=completion.n,
            greedy_first=True,
            max_tokens=completion.max_line_tokens if extent.kind is ExtentKind.LINE else completion.max_block_tokens,
            temperature=completion.temperature,
            top_p=completion.top_p,
            stop=stops_at(extent, fim=capabilities.fim),
            stop_indent=stop_indent_at(extent),
            seed=self._seed,
            document=context.uri,
            adapter=self._adapters.name_for(context.uri),
            memory=self.memory.texts_for(context.uri) if completion.memory else None,
        )
        prompt = build_prompt(
            context,
            max_tokens=min(settings.context.max_prompt_tokens, capabilities.max_context - params.max_tokens),
            suffix_share=settings.context.suffix_share if capabilities.fim else 0.0,
            count_tokens=count_tokens,
        )
        return Job(prompt=prompt, params=params, model=capabilities.model)

    async def _counter(self, tokenizer: str | None) -> CountTokens:
        """The counter for a tokenizer, built once; a big one takes so long that it is read in a thread."""
        if tokenizer is None:
            return self._count_tokens_for(None)
        async with self._counting:
            if tokenizer not in self._counters:
                self._counters[tokenizer] = await asyncio.to_thread(self._count_tokens_for, tokenizer)
        return self._counters[tokenizer]
