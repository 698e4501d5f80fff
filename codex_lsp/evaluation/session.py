"""One person at one stretch of one file: types it against a pipeline, looks at what is shown, takes what is right."""

import asyncio
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from codex_lsp.completion.pipeline import Completion, CompletionRequest, Pipeline, Superseded
from codex_lsp.completion.ranking import mean_logprob
from codex_lsp.completion.tier import Tier
from codex_lsp.evaluation.asked_prompts import PromptCost
from codex_lsp.evaluation.cursors import is_comment
from codex_lsp.evaluation.likeness import edit_similarity, is_exact
from codex_lsp.evaluation.reader import Part, Reader
from codex_lsp.evaluation.stretches import Stretch
from codex_lsp.evaluation.typist import Typist
from codex_lsp.evaluation.virtual_loop import sleep_until
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.types import CursorContext, Priority, Trigger

_METHOD = "textDocument/inlineCompletion"


class CountedModel(LanguageModel, Protocol):
    """A model that puts down what every generation that it starts must read."""

    @property
    def costs(self) -> list[PromptCost]:
        """Of every generation that was started, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was shown after a key, before the next one.

    Attributes:
        text: The best candidate's.
        mean_logprob: Of that candidate; None where the model gives none.
        waited_s: From the key until it was shown.
        is_reused: Whether no generation was started for it, as the model saw it.
        tier: Where it came from, as the pipeline says.
    """

    text: str
    mean_logprob: float | None
    waited_s: float
    is_reused: bool
    tier: Tier | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing that the reader had not read before, and what came of it.

    Attributes:
        mean_logprob: Of the candidate; None where the model gives none.
        is_line_right: Whether it was the rest of the line.
        accepted: Characters taken that no other key had to bring.
        keys: Pressed to take them.
        part: How they were taken.
    """

    mean_logprob: float | None
    is_line_right: bool
    accepted: int
    keys: int
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGuess:
    """At a place with text after it in its line: whether what was shown was that text, and how like it was."""

    is_exact: bool
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What came of one stretch.

    Attributes:
        path: Of the file.
        language: Of the file.
        characters: That a person would have to type: the editor's own indentation is not of them.
        typed: Of those, typed.
        inserts: Keys that brought text, those that took a suggestion too.
        answers: What was shown.
        readings: What of it had to be read.
        lines: Of every place that was asked at, with text after it in its line of code.
        late: Answers that were not there at the next key.
        costs: Of the generations that were started.
        seconds: From the first key to the last.
        alone_s: The same without any suggestions.
    """

    path: str
    language: str
    characters: int
    typed: int
    inserts: int
    answers: tuple[Answer, ...]
    readings: tuple[Reading, ...]
    lines: tuple[LineGuess, ...]
    late: int
    costs: tuple[PromptCost, ...]
    seconds: float
    alone_s: float


class Session:
    """Types one stretch."""

    def __init__(
        self, stretch: Stretch, typist: Typist, reader: Reader, pipeline: Pipeline, model: CountedModel
    ) -> None:
        """Sit down at `stretch`; `model` is what `pipeline` asks."""
        self._stretch = stretch
        self._typist = typist
        self._reader = reader
        self._pipeline = pipeline
        self._model = model
        self._uri = _uri(stretch)
        self._at = 0
        self._version = 0
        self._typed = 0
        self._asked_s = 0.0
        self._asked_costs = 0
        self._request: asyncio.Task[Completion] | None = None
        self._late: list[asyncio.Task[Completion]] = []
        self._answers: list[Answer] = []
        self._readings: list[Reading] = []
        self._lines: list[LineGuess] = []

    async def type(self) -> Typed:
        """Type it to its end.

        Raises:
            ModelError: The model failed.
        """
        clock = asyncio.get_running_loop().time
        begun_s, costs = clock(), len(self._model.costs)
        self._pipeline.document_changed(self._uri, self._stretch.before + self._stretch.after)
        while self._at < len(self._typist.text):
            key = self._typist.key_at(self._at)
            due_s = clock() + self._typist.gap_s(self._at, key.presses)
            reading_s = await self._read(due_s)
            if reading_s is not None:
                await sleep_until(due_s + reading_s)
                self._typed += key.presses
                self._insert(key.text)
        typed = self._result(clock() - begun_s, costs)
        await self._leave()
        return typed

    async def _read(self, due_s: float) -> float | None:
        """Look at what comes before the next key; the seconds lost, or None where the cursor has gone on instead."""
        answer = await self._answer_before(due_s)
        self._guess(answer)
        reaction = None if answer is None else self._reader.meet(answer.text, self._at)
        if answer is None or reaction is None:
            return 0.0
        offer = reaction.offer
        end = self._at + len(offer.text)
        reading = Reading(
            mean_logprob=answer.mean_logprob,
            is_line_right=reaction.is_line_right,
            accepted=self._typist.presses(self._at, end),
            keys=offer.keys,
            part=offer.part,
        )
        self._readings.append(reading)
        if not offer.text:
            return reaction.seconds
        await asyncio.sleep(reaction.seconds)
        self._insert(offer.text)
        return None

    async def _answer_before(self, due_s: float) -> Answer | None:
        """What is shown before `due_s`, if anything is."""
        if self._request is None:
            return None
        clock = asyncio.get_running_loop().time
        done, _ = await asyncio.wait({self._request}, timeout=max(due_s - clock(), 0.0))
        if not done:
            self._late.append(self._request)
            return None
        waited_s = clock() - self._asked_s
        try:
            completion = self._request.result()
        except Superseded:
            return None
        if not completion.candidates:
            return None
        best = completion.candidates[0]
        started = self._model.costs[self._asked_costs :]
        return self._shown(
            Answer(
                text=best.insert,
                mean_logprob=mean_logprob(best),
                waited_s=waited_s,
                is_reused=not any(cost.priority is Priority.TYPING for cost in started),
                tier=completion.tier,
            )
        )

    def _shown(self, answer: Answer) -> Answer:
        self._answers.append(answer)
        return answer

    def _guess(self, answer: Answer | None) -> None:
        """Compare what is shown with the rest of the line."""
        if self._request is None:
            return
        line_start = (self._stretch.before + self._typist.text[: self._at]).rfind("\n") + 1
        line = (self._stretch.before + self._typist.text)[line_start:].split("\n", 1)[0]
        rest = line[len(self._stretch.before) + self._at - line_start :]
        if rest.strip() and not is_comment(line, self._stretch.file.language):
            shown = "" if answer is None else answer.text.split("\n", 1)[0]
            self._lines.append(LineGuess(is_exact=is_exact(shown, rest), similarity=edit_similarity(shown, rest)))

    def _insert(self, text: str) -> None:
        """Bring text into the document, tell the pipeline, and ask it for more where there is more to come."""
        self._at += len(text)
        self._version += 1
        prefix = self._stretch.before + self._typist.text[: self._at]
        self._pipeline.document_changed(self._uri, prefix + self._stretch.after)
        if self._at == len(self._typist.text):
            return
        context = CursorContext(
            uri=self._uri,
            path=self._stretch.file.path,
            language=self._stretch.file.language,
            prefix=prefix,
            suffix=self._stretch.after,
        )
        request = CompletionRequest(context=context, version=self._version, trigger=Trigger.AUTOMATIC, method=_METHOD)
        self._asked_s = asyncio.get_running_loop().time()
        self._asked_costs = len(self._model.costs)
        self._request = asyncio.get_running_loop().create_task(self._pipeline.complete(request))

    async def _leave(self) -> None:
        """Close the document; a late answer's failure is as much of one as any other's."""
        self._pipeline.document_closed(self._uri)
        for ended in await asyncio.gather(*self._late, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, Superseded):
                raise ended

    def _result(self, seconds: float, costs: int) -> Typed:
        return Typed(
            path=self._stretch.file.path,
            language=self._stretch.file.language,
            characters=self._typist.presses(0, len(self._typist.text)),
            typed=self._typed,
            inserts=self._version,
            answers=tuple(self._answers),
            readings=tuple(self._readings),
            lines=tuple(self._lines),
            late=len(self._late),
            costs=tuple(self._model.costs[costs:]),
            seconds=seconds,
            alone_s=self._typist.alone_s,
        )


def _uri(stretch: Stretch) -> str:
    """Where an editor would have the file: what stands there on the disk is the same document."""
    folder, path = stretch.file.folder, stretch.file.path
    return f"untitled:{PurePosixPath(path).name}" if folder is None else (folder / path).as_uri()
