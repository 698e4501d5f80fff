"""Whatever a person does, what is shown was sampled for the text it stands in: played through at random."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_lsp.completion.pipeline import Completion, CompletionRequest, Pipeline, Superseded
from codex_lsp.completion.tier import Tier
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.context.cursor import plain_newlines
from codex_lsp.models.scripted import ScriptedModel, ScriptedRow
from codex_lsp.types import Candidate, CursorContext, Prompt, SamplingParams, Trigger
from tests.unit.completion.scenes import TIMEOUT_S, Clock, settle

URI = "file:///app"
PIECES = ("a", "b", "ab", " ", "\n", "\r\n", "(", "\x0c", "😋", "א", "é")
Action = tuple[str, int, str]
actions = st.lists(
    st.tuples(
        st.sampled_from(["type", "type", "type", "take", "remove", "move", "ask", "ask", "invoke", "time", "other"]),
        st.integers(0, 30),
        st.sampled_from(PIECES),
    ),
    max_size=30,
)


class TellingModel(ScriptedModel):
    """A model whose rows tell which text they were sampled for, step by step as time passes."""

    def __init__(self) -> None:
        super().__init__(rows=self._rows, before_step=self._step)
        self.sampled: list[tuple[str, str, list[str]]] = []

    def _rows(self, prompt: Prompt, params: SamplingParams) -> Sequence[ScriptedRow]:
        place = (prompt.prefix, prompt.suffix)
        number = sum(map(ord, prompt.prefix)) * 31 + sum(map(ord, prompt.suffix))
        rows = [f"ab{number % 7}(a) b{number}", f"a {number}", f"b{number}", "ab"][: params.n]
        self.sampled.append((*place, rows))
        # So likely that what follows is asked for too.
        return [ScriptedRow.of(row, -0.1) for row in rows]

    async def _step(self, step: int) -> None:
        for _ in range(step % 3):
            await asyncio.sleep(0)


class Player:
    """An editor with one document, whose every answer is checked against what the model was asked."""

    def __init__(self) -> None:
        self.model = TellingModel()
        self.clock = Clock()
        self.pipeline = Pipeline(
            self.model,
            Settings(completion=CompletionSettings(max_block_tokens=100)),
            count_tokens_for=lambda _: len,
            set_alarm=self.clock.set_alarm,
        )
        self.text, self.cursor, self.version = "", 0, 0
        self.shown: tuple[int, Candidate] | None = None
        self.asked: list[tuple[CursorContext, asyncio.Task[Completion]]] = []

    async def do(self, action: Action) -> None:  # noqa: C901 - one case for each thing that a person does
        kind, number, piece = action
        match kind:
            case "type":
                self._edit(self.cursor, self.cursor, piece)
            case "take" if self.shown is not None and self.shown[0] == self.version:
                self._edit(self.cursor, self.cursor, self.shown[1].insert[: number + 1])
            case "remove":
                self._edit(max(self.cursor - number % 4, 0), self.cursor, "")
            case "move":
                self._put_cursor(min(number, len(self.text)))
            case "other":
                self._edit(0, 0, piece)
            case "time":
                self._pass_time()
            case "ask":
                self._ask(Trigger.AUTOMATIC)
            case "invoke":
                self._ask(Trigger.INVOKED)
            case _:
                pass
        for _ in range(number % 3):
            await asyncio.sleep(0)

    async def leave(self) -> None:
        for _ in range(10):
            await settle()
            self._pass_time()
        await self.pipeline.close()
        for context, task in self.asked:
            try:
                self._check(context, await task)
            except Superseded:
                continue
        assert self.clock.alarms == []
        assert self.model.running == 0
        assert self.pipeline.counts.generations >= len(self.model.requests)

    def _pass_time(self) -> None:
        """Ring what is due next; the model never takes so long that it is given up."""
        due = [alarm.delay_s for alarm in self.clock.alarms if alarm.delay_s < TIMEOUT_S]
        if due:
            self.clock.ring(min(due))

    def _edit(self, start: int, end: int, piece: str) -> None:
        self.text = self.text[:start] + piece + self.text[end:]
        self._put_cursor(start + len(piece))
        self.version += 1
        self.pipeline.document_changed(URI, self.text)

    def _put_cursor(self, place: int) -> None:
        """No position lies inside a line end."""
        self.cursor = place + (self.text[max(place - 1, 0) : place + 1] == "\r\n")

    def _ask(self, trigger: Trigger) -> None:
        context = CursorContext(
            uri=URI, path="a.txt", language="text", prefix=self.text[: self.cursor], suffix=self.text[self.cursor :]
        )
        request = CompletionRequest(context=context, version=self.version, trigger=trigger, method="inline")
        task = asyncio.get_running_loop().create_task(self.pipeline.complete(request))
        version = self.version

        def note(done: asyncio.Task[Completion]) -> None:
            if not done.cancelled() and done.exception() is None and done.result().candidates:
                self.shown = version, done.result().candidates[0]

        task.add_done_callback(note)
        self.asked.append((context, task))

    def _check(self, context: CursorContext, completion: Completion) -> None:
        assert (completion.tier is None) is (not completion.candidates)
        prefix, suffix = plain_newlines(context.prefix), plain_newlines(context.suffix)
        for candidate in completion.candidates:
            assert candidate.insert.strip()
            assert any(
                after == suffix
                and prefix.startswith(before)
                and any((before + row).startswith(prefix + candidate.insert) for row in rows)
                for before, after, rows in self.model.sampled
            ), (context, candidate, completion.tier)
        if completion.tier is Tier.GENERATED:
            assert completion.prompt is not None
            assert completion.prompt.prefix == prefix


async def play(script: Sequence[Action]) -> None:
    player = Player()
    player.pipeline.document_changed(URI, "")
    for action in script:
        await player.do(action)
    await player.leave()


@settings(max_examples=60, deadline=None)
@given(actions)
def test_never_stale(script: list[Action]) -> None:
    asyncio.run(play(script))


def test_taking_a_suggestion_piece_by_piece() -> None:
    step = [("ask", 0, ""), ("time", 2, ""), ("time", 2, "")]
    script: list[Action] = [*step, *[("take", 0, ""), ("ask", 2, "")] * 6]
    asyncio.run(play(script))
