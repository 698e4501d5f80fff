"""From a request at a cursor to ranked candidates: gate, reuse, wait, prompt, sample, filter, rank.

A generation belongs to the pipeline and requests wait on it: two methods at one position share one, a request that
is cancelled leaves it running for a moment, and what it gave is kept for whoever comes back to its place, or goes on
from there as it does.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from codex_lsp.completion.adapters import Adapters
from codex_lsp.completion.alarm import SetAlarm, set_alarm
from codex_lsp.completion.anchor import Anchor
from codex_lsp.completion.answer import Given
from codex_lsp.completion.counts import Counts, Tally
from codex_lsp.completion.debounce import RhythmMeter, debounce_s
from codex_lsp.completion.filters import Filter
from codex_lsp.completion.gate import hold_reason, removed_only
from codex_lsp.completion.generation import Generation, Superseded
from codex_lsp.completion.job import Preparation
from codex_lsp.completion.judgement import confident
from codex_lsp.completion.known import Known
from codex_lsp.completion.memory import WorkspaceMemory
from codex_lsp.completion.prefetch import Prefetches, is_likely_taken, place_after
from codex_lsp.completion.request import Completion, CompletionRequest
from codex_lsp.completion.target import Target
from codex_lsp.completion.tier import Tier
from codex_lsp.completion.turns import Turn, Turns
from codex_lsp.completion.waiters import Want
from codex_lsp.config import Settings
from codex_lsp.context.cursor import plain_newlines, with_plain_newlines
from codex_lsp.context.exclusion import excluding
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.prompt import CountTokens
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import Candidate, CursorContext, Priority, Trigger

__all__ = ["Completion", "CompletionRequest", "Pipeline", "Superseded"]

logger = logging.getLogger(__name__)

EMBEDDED = ("embedded", "embedded-s")
"""The models that come with the program, as engines name them: what they learned from is known."""
MAX_AUTOMATIC = 3
"""Candidates shown to somebody who did not ask."""
# A prompt holds no more characters than so many for each of its tokens: text farther away decides nothing.
_REACH_PER_TOKEN = 8


@dataclass(slots=True)
class _Seen:
    """What is known of a document: its last text, and whether that came by removing only."""

    text: str
    only_removed: bool = False


class Pipeline:
    """Completes at cursors of any number of documents with one model."""

    def __init__(  # noqa: PLR0913 - what it is put together from
        self,
        model: LanguageModel,
        settings: Settings,
        *,
        count_tokens_for: Callable[[str | None], CountTokens],
        neighbours: Neighbours | None = None,
        recitation: Filter | None = None,
        seed: int = 0,
        set_alarm: SetAlarm = set_alarm,
        tell: Callable[[str], None] = logger.warning,
    ) -> None:
        """Build one; nothing is asked of the model before the first request.

        Args:
            model: What samples.
            settings: Put in force again by `configure`.
            count_tokens_for: A counter of tokens for the tokenizer at a path, or for None.
            neighbours: Where pieces and texts of other files come from; None for the document alone.
            recitation: Leaves out what the embedded model would recite; None to look for nothing.
            seed: Every generation's; with equal prompt and parameters, equal seeds give equal rows.
            set_alarm: Time; tests bring their own.
            tell: Is told, once each, of adapters that cannot be used; completion goes on without them.
        """
        self._model = model
        self._settings = settings
        self._tell = tell
        self._adapters = Adapters(settings, tell)
        self._memory = WorkspaceMemory(
            None if neighbours is None else neighbours.texts, is_excluded=excluding(settings.exclude)
        )
        self._preparation = Preparation(model, count_tokens_for, seed, memory=self._memory, neighbours=neighbours)
        self._recitation = recitation
        self._set_alarm = set_alarm
        self._turns = Turns()
        self._seen: dict[str, _Seen] = {}
        self._known = Known(self._ended, reuse=settings.completion.reuse)
        self._prefetches = Prefetches(set_alarm, self._is_free, self._prefetch)
        self._meter = RhythmMeter()
        self._tally = Tally()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def counts(self) -> Counts:
        """How often the model was asked, and how often that was spared."""
        return self._tally.counts

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
            given = await self._given(context, request.trigger, turn, document)
        finally:
            self._turns.end(turn)
        return self._completion(context, request.trigger, given)

    def document_changed(self, uri: str, text: str) -> None:
        """Take note of a document's new text: generations that it leaves behind are ended."""
        self._memory.note(uri, text)
        before = self._seen.get(uri)
        if before is None:
            self._seen[uri] = _Seen(text)
        elif text != before.text:
            self._seen[uri] = _Seen(text, removed_only(before.text, text))
            if len(text) > len(before.text):
                self._meter.typed(asyncio.get_running_loop().time())
        if self._known.runs.has_any(uri) or self._prefetches.is_planned(uri):
            plain = plain_newlines(text)
            self._known.runs.leave_behind(uri, plain)
            self._prefetches.document_changed(plain)

    def document_closed(self, uri: str) -> None:
        """Forget a document and end what runs for it; requests that wait for it are superseded."""
        self._seen.pop(uri, None)
        self._memory.forget(uri)
        if self._prefetches.is_planned(uri):
            self._prefetches.drop()
        self._known.forget(uri)
        self._turns.supersede_document(uri)

    def configure(self, settings: Settings) -> None:
        """Put other settings in force; what runs under the old ones is ended, what was sampled is forgotten."""
        if settings == self._settings:
            return
        if settings.exclude != self._settings.exclude:
            self._memory.exclude(excluding(settings.exclude))
        self._settings = settings
        self._adapters = Adapters(settings, self._tell)
        self._forget()

    async def close(self) -> None:
        """End everything that runs. The model stays open: it is its owner's."""
        self._seen.clear()
        self._forget()
        self._turns.supersede_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self) -> None:
        self._prefetches.drop()
        self._known.runs.discard()
        self._known = Known(self._ended, reuse=self._settings.completion.reuse)

    def _completion(self, context: CursorContext, trigger: Trigger, given: Given) -> Completion:
        """What of an answer is shown, and what follows from its being shown."""
        automatic = trigger is Trigger.AUTOMATIC
        job = given.answer.job
        candidates = self._unrecited(context, given.candidates, job.model)
        if automatic:
            candidates = self._offered(candidates)
        if candidates:
            self._tally.answer(given.tier)
            self._known.note_shown(context.uri, given.answer)
            logger.debug("shown: %s; so far: %s", given.tier, self.counts)
        if candidates and automatic and self._settings.completion.prefetch and is_likely_taken(candidates[0]):
            place = place_after(context, candidates[0].insert)
            self._prefetches.plan(self._target(place, ahead_of=len(context.prefix)))
        return Completion(
            candidates=candidates,
            prompt=job.prompt,
            params=job.params,
            model=self._adapters.served_name(job.model, job.params),
            tier=given.tier if candidates else None,
        )

    def _unrecited(self, context: CursorContext, ranked: tuple[Candidate, ...], model: str) -> tuple[Candidate, ...]:
        """Those that recite nothing of what the embedded models learned from; of others nothing is known."""
        recitation = None if "recitation" in self._settings.completion.disabled_filters else self._recitation
        if recitation is None or model not in EMBEDDED:
            return ranked
        return tuple(candidate for candidate in ranked if recitation(candidate, context) is not None)

    def _offered(self, ranked: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """The best few, to somebody who did not ask; none where even the best is unlikely."""
        # 0 asks for nothing: there is no mean log-probability above it.
        threshold = self._settings.completion.min_mean_logprob or None
        return ranked[:MAX_AUTOMATIC] if confident(ranked, threshold) else ()

    async def _given(self, context: CursorContext, trigger: Trigger, turn: Turn, document: str) -> Given:
        """Serve, join or start; `document` is the text that was current when the request came."""
        whole = trigger is Trigger.INVOKED
        if self._known.served(context, whole=whole) is None and self._known.joinable(context, whole=whole) is None:
            wait_s = debounce_s(context, trigger, self._meter.rhythm, self._settings.completion)
            await turn.pause(wait_s, self._set_alarm)
        while (served := self._known.served(context, whole=whole)) is None:
            joined = self._known.joinable(context, whole=whole)
            if joined is None:
                self._require_unchanged(context.uri, document)
                self._known.runs.make_room(context.uri)
            generation, want = joined or (self._started(self._target(context)), Want(whole=whole))
            await turn.wait_for(generation, want)
            answer = generation.answer
            candidates = () if answer is None else answer.going_on(want.typed)
            # At its own place even nothing is an answer; after more was typed, another run may know more.
            if answer is not None and (candidates or not want.typed):
                tier = Tier.JOINED if joined else Tier.GENERATED
                return Given(answer=answer, candidates=candidates, tier=tier)
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

    def _started(self, target: Target) -> Generation:
        settings, adapters = self._settings, self._adapters
        is_prefetch = target.ahead_of is not None
        priority = Priority.BACKGROUND if is_prefetch else Priority.TYPING
        self._tally.generation(is_prefetch=is_prefetch)
        generation = Generation(
            target,
            prepare=lambda: self._preparation.prepared(target.context, settings, adapters, priority),
            sample=adapters.sampling(self._model.sample),
            settings=settings.completion,
            set_alarm=self._set_alarm,
        )
        self._tasks.add(generation.task)
        generation.task.add_done_callback(self._tasks.discard)
        self._known.runs.add(generation)
        return generation

    def _target(self, context: CursorContext, *, ahead_of: int | None = None) -> Target:
        reach = _REACH_PER_TOKEN * self._settings.context.max_prompt_tokens
        return Target(context=context, anchor=Anchor.at(context, reach), ahead_of=ahead_of)

    def _prefetch(self, plan: Target) -> None:
        """Ask for what nobody has asked for yet, unless that is known or coming."""
        known = self._known
        if known.served(plan.context, whole=False) is None and known.joinable(plan.context, whole=False) is None:
            known.runs.stop_prefetches()
            self._started(plan)

    def _is_free(self) -> bool:
        return not self._known.runs.is_typing()

    def _ended(self, generation: Generation) -> None:
        if generation.latency_s is not None and not generation.is_prefetch:
            self._meter.answered(generation.latency_s)
        self._prefetches.go_on()
