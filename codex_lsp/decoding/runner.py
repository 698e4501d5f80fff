"""Decodes with a causal language model: one prefill, n rows decoded together, each leaving the batch when it ends."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from codex_lsp.decoding.drafts import Drafts
from codex_lsp.decoding.healing import FirstToken, Head, Tail, choose_head
from codex_lsp.decoding.memory import DEPTH, Memory, Places
from codex_lsp.decoding.network import PREFILL_TOKENS, Network, Reading
from codex_lsp.decoding.opening import Opened, Opening
from codex_lsp.decoding.recalling import RecallingSampler
from codex_lsp.decoding.row import Row
from codex_lsp.decoding.sampler import Choice, Chooser
from codex_lsp.errors import ModelRefused
from codex_lsp.types import Delta, FinishReason, SamplingParams

# Beside `DEPTH` tokens of text there are a few control tokens at most.
_HISTORY = 2 * DEPTH


class Runner:
    """Decodes with one network, in the thread that calls it."""

    def __init__(self, network: Network, pieces: Sequence[bytes | None], *, max_context: int) -> None:
        """Take over a network.

        Args:
            network: What computes.
            pieces: What each token id adds to a row (`Vocabulary.pieces`); None ends it.
            max_context: Prompt and new tokens together, at most.
        """
        self._network = network
        self._pieces = pieces
        self._max_context = max_context

    @property
    def steps(self) -> int:
        """Forward passes done so far."""
        return self._network.steps

    def sample(
        self,
        prompt: Sequence[int],
        params: SamplingParams,
        cancelled: Callable[[], bool],
        tail: Tail | None = None,
    ) -> Iterator[Delta]:
        """Decode `params.n` rows after a prompt: what `sample_steps` gives, in one row."""
        for deltas in self.sample_steps(prompt, params, cancelled, tail):
            yield from deltas

    def sample_steps(
        self,
        prompt: Sequence[int],
        params: SamplingParams,
        cancelled: Callable[[], bool],
        tail: Tail | None = None,
        remembered: Sequence[Places] | None = None,
    ) -> Iterator[Sequence[Delta]]:
        """Decode `params.n` rows after a prompt, giving after each step what it adds to them, which may be nothing.

        Between two steps anything else may be done with the same network. A step is a forward pass, but for the last
        piece of a prompt: what a tail's search asks of the network comes with it.

        Args:
            prompt: Token ids, at least one.
            params: How to sample; a row also ends (`length`) where the context is full.
            cancelled: Polled before every forward pass; once true, all rows end.
            tail: What was typed after the prompt and is for the rows to spell; no part of their text.
            remembered: Texts that are mixed into what is sampled; None for the model alone.

        Raises:
            ModelRefused: The prompt does not fit the context.
            ModelUnavailable: The model gives no numbers.
        """
        self._room(len(prompt) + (0 if tail is None else len(tail.usual.ids)))
        if params.max_tokens <= 0 or cancelled():
            reason = FinishReason.LENGTH if params.max_tokens <= 0 else FinishReason.CANCELLED
            yield [_row(index, params).end(reason) for index in range(params.n)]
            return
        for _ in self._network.read_ahead(prompt, params.tenant):
            yield ()
            if cancelled():
                break
        memory = Memory(parts=tuple(remembered)) if remembered else None
        opening = Opening(prompt=prompt, tail=tail, rows=params.n, tenant=params.tenant, memory=memory)
        with self._opened(opening, cancelled) as opened:
            room = self._room(len(opened.prompt))
            lines = [
                _Line(row=_row(index, params, at_most=room), room=room, constraint=opened.constraint)
                for index in range(params.n)
            ]
            drafts = self._drafts(opened.prompt, params, memory)
            text = self._text_of(opened.prompt[-_HISTORY:])
            sampler = self._network.sampler(params) if memory is None else RecallingSampler(params, memory, text)
            yield from self._decode(lines, opened, drafts, sampler, cancelled)

    def head(self, prompt: Sequence[int], tail: Tail, cancelled: Callable[[], bool]) -> Head:
        """Choose how a tail begins (`healing.py`), as `sample` does for all its rows.

        Raises:
            ModelRefused: Both together do not fit the context.
        """
        self._room(len(prompt) + len(tail.usual.ids))
        with self._opened(Opening(prompt=prompt, tail=tail), cancelled) as opened:
            return opened.head

    def score(self, prompt: Sequence[int], text: Sequence[int], cancelled: Callable[[], bool]) -> list[float]:
        """Teacher-forced raw log-probabilities of `text` after a prompt: what `score_steps` gives, in one list."""
        return [logprob for part in self.score_steps(prompt, text, cancelled) for logprob in part]

    def score_steps(
        self, prompt: Sequence[int], text: Sequence[int], cancelled: Callable[[], bool]
    ) -> Iterator[Sequence[float]]:
        """Raw log-probabilities of `text` after a prompt, giving after each forward pass those that it found.

        Fewer than `text` has, where it was cancelled.

        Raises:
            ModelRefused: Both together do not fit the context.
        """
        if not text:
            return
        self._room(len(prompt) + len(text) - 1)
        with self._network.read(prompt, 1, None, kept=False) as reading:
            logits = torch.empty(0)
            while reading.unread:
                if cancelled():
                    return
                logits = reading.read_piece()
                yield ()
            # The last token is asked for, never read.
            for start in range(0, len(text), PREFILL_TOKENS):
                if cancelled():
                    return
                part = text[start : start + PREFILL_TOKENS]
                fed = part[: len(text) - 1 - start]
                after = reading.step([0], [fed]) if fed else logits[:0]
                chosen = torch.tensor(part, device=logits.device).unsqueeze(1)
                rows = torch.cat((logits, after))
                yield rows[: len(part)].log_softmax(-1).gather(1, chosen).squeeze(1).tolist()
                logits = rows[-1:]

    @contextmanager
    def _opened(self, opening: Opening, cancelled: Callable[[], bool]) -> Generator[Opened]:
        """Read a prompt, and what all rows share of its tail."""
        prompt, tail, memory = opening.prompt, opening.tail, opening.memory
        text = self._text_of(prompt[-_HISTORY:])
        with ExitStack() as held:
            # The one reading that is open; the next one finds in the cache what this one leaves.
            asked: dict[tuple[int, ...], tuple[Reading, Tensor | None]] = {}

            def read(ids: tuple[int, ...]) -> tuple[Reading, Tensor | None]:
                held.close()
                asked.clear()
                reading = held.enter_context(self._network.read((*prompt, *ids), opening.rows, opening.tenant))
                asked[ids] = (reading, None if cancelled() else reading.prompt(cancelled))
                return asked[ids]

            def after(ids: tuple[int, ...]) -> Tensor | None:
                logits = None if len(prompt) + len(ids) >= self._max_context else read(ids)[1]
                if logits is None or memory is None:
                    return None if logits is None else logits[-1]
                return memory.mixed(logits[-1:].log_softmax(-1), [(*text, *ids)])[0]

            head = Head() if tail is None else choose_head(tail, after)
            reading, logits = asked[head.ids] if head.ids in asked else read(head.ids)
            yield Opened(
                prompt=(*prompt, *head.ids),
                head=head,
                constraint=None if tail is None else tail.after(head),
                reading=reading,
                logits=logits,
            )

    def _room(self, tokens: int) -> int:
        if tokens >= self._max_context:
            raise ModelRefused(
                f"the prompt has {tokens} tokens and the model's context {self._max_context}; "
                "lower `context.max_prompt_tokens`"
            )
        return self._max_context - tokens

    def _text_of(self, prompt: Sequence[int]) -> list[int]:
        """The tokens of text in a prompt; a control token may stand where a line goes on."""
        return [id_ for id_ in prompt if self._pieces[id_] is not None]

    def _drafts(self, prompt: Sequence[int], params: SamplingParams, memory: Memory | None) -> Drafts | None:
        if not self._network.drafts:
            return None
        # Rows continue the text before the tokens that only say so.
        end = len(prompt)
        while end and self._pieces[prompt[end - 1]] is None:
            end -= 1
        return Drafts(prompt[:end], params.n, token_price=self._network.token_price, memory=memory)

    def _decode(
        self,
        lines: "list[_Line]",
        opened: Opened,
        drafts: Drafts | None,
        sampler: Chooser,
        cancelled: Callable[[], bool],
    ) -> Iterator[Sequence[Delta]]:
        reading, logits = opened.reading, opened.logits
        while logits is not None:
            places = [(line.row.index, line.tokens + ahead) for line in lines for ahead in range(1 + len(line.draft))]
            choices = sampler.choose(logits, places, _allowed(lines))
            deltas: list[Delta] = []
            for line in lines:
                taken, choices = choices[: 1 + len(line.draft)], choices[1 + len(line.draft) :]
                deltas += self._take(line, taken, reading, drafts)
            yield deltas
            lines = [line for line in lines if not line.row.finished]
            if not lines or cancelled():
                break
            for line in lines:
                line.draft = () if drafts is None or line.constraint is not None else line.guess(drafts)
            logits = reading.step([line.row.index for line in lines], [(line.last, *line.draft) for line in lines])
        if lines:
            yield [line.row.end(FinishReason.CANCELLED) for line in lines]

    def _take(
        self, line: "_Line", choices: Sequence[Choice], reading: Reading, drafts: Drafts | None
    ) -> Iterator[Delta]:
        """Take in what was drawn after a row's last token and after each token of its draft, while that was right."""
        right = 0
        for choice, guessed in zip_longest(choices, line.draft):
            yield from line.take(choice, self._pieces[choice.id])
            if drafts is not None:
                drafts.add(line.row.index, choice.id)
            if line.row.finished or choice.id != guessed:
                break
            right += 1
        if drafts is not None:
            drafts.judge(line.row.index, len(line.draft), right)
        if right < len(line.draft) and not line.row.finished:
            reading.rewind(line.row.index, len(line.draft) - right)


@dataclass(slots=True, kw_only=True)
class _Line:
    """A row that is being decoded.

    Attributes:
        row: Its text.
        room: Tokens that the context holds after the prompt.
        constraint: What must still be spelled.
        tokens: How many were sampled.
        last: The last of them, which no forward pass has read yet.
        draft: What was read after it in the last pass, on trust.
    """

    row: Row
    room: int
    constraint: FirstToken | None
    tokens: int = 0
    last: int = 0
    draft: tuple[int, ...] = ()

    def guess(self, drafts: Drafts) -> tuple[int, ...]:
        """What may follow its last token, as far as the row can go."""
        return drafts.guess(self.row.index, self.room - self.tokens - 1)

    def take(self, choice: Choice, piece: bytes | None) -> Iterator[Delta]:
        """Take in a sampled token, which adds `piece` to the row."""
        self.tokens += 1
        self.last = choice.id
        again = 0
        if self.constraint is not None:
            self.constraint, again = self.constraint.take(choice.id)
        if piece is None or again < len(piece) or not again:
            delta = self.row.push(choice.id, choice.logprob, piece if piece is None else piece[again:])
            if delta is not None:
                yield delta
        if self.tokens >= self.room and not self.row.finished:
            yield self.row.end(FinishReason.LENGTH)


def _row(index: int, params: SamplingParams, at_most: int | None = None) -> Row:
    """An empty row; a token that the tail spells alone counts in the context, and not in `max_tokens`."""
    tokens = params.max_tokens if at_most is None else min(params.max_tokens, at_most)
    return Row(index, max_tokens=tokens, stop=params.stop, stop_indent=params.stop_indent)


def _allowed(lines: Sequence[_Line]) -> list[Sequence[int] | None]:
    """What may be chosen after each token of the last pass; a row that must still spell something has no draft."""
    return [
        None if line.constraint is None or ahead else line.constraint.ids()
        for line in lines
        for ahead in range(1 + len(line.draft))
    ]
