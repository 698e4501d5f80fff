"""How well a model knows held-out files: bits per byte, and the rest of a line at drawn cursors.

Prompts are those of serving, and the model decodes as the engine does.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from codex_lsp.context.prompt import build_prompt
from codex_lsp.decoding.runner import Runner
from codex_lsp.decoding.vocabulary import Encoding
from codex_lsp.training.documents import Document
from codex_lsp.types import Capabilities, CursorContext, Header, Prompt, SamplingParams

PROMPT_TOKENS = 1024
SUFFIX_SHARE = 0.25
MAX_NEW_TOKENS = 48
_MAX_SCORED_BYTES = 200_000
_WINDOW_CHARACTERS = 2500


class Reader(Protocol):
    """What of a loaded model is used here: how it reads prompts and text."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def prompt_ids(self, prompt: Prompt) -> tuple[int, ...]:
        """The token ids of a prompt."""
        ...

    def text_encoding(self, text: str) -> Encoding:
        """The tokens of a text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What was found on held-out files.

    Attributes:
        bits_per_byte: Left to right, under the file's header.
        line_exact_match: Share of cursors at which the greedy rest of the line is right.
        cursors: How many were drawn.
        bytes: How much text was scored.
    """

    bits_per_byte: float
    line_exact_match: float
    cursors: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in a document, with the rest of its line taken out."""

    context: CursorContext
    rest: str


def measure(
    reader: Reader,
    runner: Runner,
    documents: Sequence[Document],
    *,
    cursors: int,
    seed: int,
    tick: Callable[[float], None] = lambda _: None,
) -> Measure:
    """Measure one model; with the same documents, number and seed the same places are looked at.

    Args:
        reader: How the model reads.
        runner: How it decodes, with an adapter or without.
        documents: The held-out files.
        cursors: At how many places a line is completed.
        seed: Decides the places.
        tick: Told, between two pieces of work, which share is done; what it raises ends the measuring.
    """
    nats, size = 0.0, 0
    wanted = min(_MAX_SCORED_BYTES, sum(len(document.text) for document in documents))
    for prompt, text in _windows(documents):
        tick(size / max(1, wanted) / 2)
        surprise, scored = _surprise(reader, runner, prompt, text)
        nats, size = nats + surprise, size + scored
        if size >= _MAX_SCORED_BYTES:
            break
    drawn = draw_cursors(documents, count=cursors, seed=seed)
    right = 0
    for place, cursor in enumerate(drawn):
        tick(0.5 + place / len(drawn) / 2)
        right += _rest_of_line(reader, runner, cursor) == cursor.rest.rstrip()
    tick(1.0)
    return Measure(
        bits_per_byte=nats / math.log(2) / max(1, size),
        line_exact_match=right / max(1, len(drawn)),
        cursors=len(drawn),
        bytes=size,
    )


def _surprise(reader: Reader, runner: Runner, prompt: Prompt, text: str) -> tuple[float, int]:
    """The nats and bytes of as much of `text` as the context holds."""
    prompt_ids, encoding = reader.prompt_ids(prompt), reader.text_encoding(text)
    count = min(len(encoding.ids), reader.capabilities.max_context - len(prompt_ids))
    if count <= 0:
        return 0.0, 0
    nats = -sum(runner.score(prompt_ids, encoding.ids[:count], lambda: False))
    return nats, len(text[: encoding.ends[count - 1]].encode())


def draw_cursors(documents: Sequence[Document], *, count: int, seed: int) -> list[Cursor]:
    """Cursors at uniformly drawn characters of non-blank, non-comment lines, document after document."""
    random = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    lined = [(document, document.text.split("\n")) for document in documents]
    usable = [(document, lines, numbers) for document, lines in lined if (numbers := _code_lines(lines))]
    cursors: list[Cursor] = []
    while usable and len(cursors) < count:
        for document, lines, numbers in usable[: count - len(cursors)]:
            number = random.choices(numbers, weights=[len(lines[number]) for number in numbers])[0]
            cursors.append(_cursor(document, lines, number, random.randrange(len(lines[number]))))
    return cursors


def _code_lines(lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith(("#", "//"))]


def _cursor(document: Document, lines: Sequence[str], number: int, column: int) -> Cursor:
    context = CursorContext(
        uri="",
        path=document.path,
        language=document.language,
        prefix="\n".join([*lines[:number], lines[number][:column]]),
        suffix="\n".join(["", *lines[number + 1 :]]),
    )
    return Cursor(context=context, rest=lines[number][column:])


def _rest_of_line(reader: Reader, runner: Runner, cursor: Cursor) -> str:
    capabilities = reader.capabilities
    prompt = build_prompt(
        cursor.context,
        max_tokens=min(PROMPT_TOKENS, capabilities.max_context - MAX_NEW_TOKENS),
        suffix_share=SUFFIX_SHARE if capabilities.fim else 0.0,
        count_tokens=lambda text: len(reader.text_encoding(text).ids),
    )
    params = SamplingParams(n=1, temperature=0.0, max_tokens=MAX_NEW_TOKENS, stop=("\n",))
    deltas = runner.sample(reader.prompt_ids(prompt), params, lambda: False)
    return "".join(delta.text for delta in deltas).split("\n")[0].rstrip()


def _windows(documents: Sequence[Document]) -> Iterator[tuple[Prompt, str]]:
    """Whole lines of each document in turn, a window of each before the next of any."""
    waiting = [iter(_pieces(document)) for document in documents]
    while waiting:
        for pieces in list(waiting):
            piece = next(pieces, None)
            if piece is None:
                waiting.remove(pieces)
            else:
                yield piece


def _pieces(document: Document) -> Iterator[tuple[Prompt, str]]:
    header = Prompt(header=Header(path=document.path, language=document.language), prefix="")
    lines, size = [], 0
    for line in document.text.splitlines(keepends=True):
        if size and size + len(line) > _WINDOW_CHARACTERS:
            yield header, "".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield header, "".join(lines)
