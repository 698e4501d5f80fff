"""Deltas of a model to bodies of an answer: the pieces of tokens, the choices, the whole."""

import time
import uuid
from collections.abc import Iterable

from codex_lsp.models.wire import CompletionCall, Json, choice_json
from codex_lsp.types import Delta, FinishReason, Token


class Answer:
    """One answer being written: it knows the text of each row so far, so that it can say what each token spelled."""

    def __init__(self, call: CompletionCall, model: str) -> None:
        """Answer `call` in the name of `model`."""
        self._logprobs = call.logprobs
        self._texts: dict[int, str] = {}
        self._ends: dict[int, int] = {}
        self._base: Json = {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": model,
        }

    def chunk(self, deltas: Iterable[Delta]) -> Json:
        """The body that tells of `deltas`, one choice for each row."""
        rows: dict[int, _Row] = {}
        for delta in deltas:
            rows.setdefault(delta.index, _Row()).add(delta)
        return self._base | {"choices": [self._choice(row.delta(index)) for index, row in sorted(rows.items())]}

    def whole(self, deltas: Iterable[Delta]) -> Json:
        """The body that tells of all `deltas` of an answer."""
        told = tuple(deltas)
        return self.chunk(told) | {"usage": {"completion_tokens": sum(len(delta.tokens) for delta in told)}}

    def _choice(self, delta: Delta) -> Json:
        text = self._texts[delta.index] = self._texts.get(delta.index, "") + delta.text
        starts: list[int] = []
        for token in delta.tokens:
            starts.append(self._ends.get(delta.index, 0))
            self._ends[delta.index] = token.end
        pieces = [text[start : token.end] for start, token in zip(starts, delta.tokens, strict=True)]
        return choice_json(delta, pieces, starts, logprobs=self._logprobs)


class _Row:
    """Several deltas of one row."""

    def __init__(self) -> None:
        self.text = ""
        self.tokens: list[Token] = []
        self.finish_reason: FinishReason | None = None

    def add(self, delta: Delta) -> None:
        self.text += delta.text
        self.tokens += delta.tokens
        self.finish_reason = delta.finish_reason or self.finish_reason

    def delta(self, index: int) -> Delta:
        return Delta(index=index, text=self.text, tokens=tuple(self.tokens), finish_reason=self.finish_reason)
