"""Fill-in-the-middle: which part of a text is taken out, and how the parts are laid out.

Spans are drawn at character level, so that tokens broken at the seams are seen in training (Bavarian et al., 2022).
Part of them is what an editor asks for: the rest of a line, or some whole lines after the cursor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

MAX_BLOCK_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FimOptions:
    """How often, and which spans.

    Attributes:
        rate: The share of pieces that are turned into fill-in-the-middle examples.
        spm_share: The share of those laid out suffix first; the rest is prefix first.
        line_share: The share of spans that reach from a cursor to the end of its line.
        block_share: The share of spans that reach from a cursor to the end of a later line.
        whole_share: The share of both that begin where the cursor's line does, as prompts of the editor do.
        max_example_tokens: Examples are cut to lengths drawn below this, so that a row holds many; None fills the row.
    """

    rate: float = 0.75
    spm_share: float = 0.7
    line_share: float = 0.35
    block_share: float = 0.25
    whole_share: float = 1.0
    max_example_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Code points [start, end) of a text that become the middle."""

    start: int
    end: int


def draw_span(text: str, options: FimOptions, random: Random) -> Span:
    """Draw the middle of `text`; it may be empty where the text is."""
    kind = random.random()
    if kind < options.line_share + options.block_share:
        span = _rest_of_lines(text, 0 if kind < options.line_share else random.randint(1, MAX_BLOCK_LINES), random)
        whole = random.random() < options.whole_share
        return Span(start=text.rfind("\n", 0, span.start) + 1, end=span.end) if whole else span
    start, end = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    return Span(start=start, end=end)


def _rest_of_lines(text: str, more_lines: int, random: Random) -> Span:
    """From a uniformly drawn cursor that is not at a line's end to the end of that line or of a later one."""
    cursors = len(text) - text.count("\n")
    start = random.randint(0, len(text)) if cursors <= 0 else _non_break(text, random)
    end = start
    for _ in range(more_lines + 1):
        found = text.find("\n", end if end == start else end + 1)
        end = len(text) if found < 0 else found
        if end == len(text):
            break
    return Span(start=start, end=end)


def _non_break(text: str, random: Random) -> int:
    for _ in range(16):
        cursor = random.randrange(len(text))
        if text[cursor] != "\n":
            return cursor
    # Almost all line ends: rare, so only then are the others counted out.
    return random.choice([cursor for cursor, character in enumerate(text) if character != "\n"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FimTokens:
    """The ids of the tokens that mark the parts."""

    prefix: int
    middle: int
    suffix: int
    end_of_text: int


def lay_out(
    text: str, span: Span, *, suffix_first: bool, tokens: FimTokens, encode: Callable[[str], list[int]]
) -> list[int]:
    """The token ids of one example after its header; each part is encoded by itself.

    PSM is `<prefix>P<suffix>S<middle>M<end>`, SPM is `<suffix>S<prefix>P<middle>M<end>`.
    """
    prefix = [tokens.prefix, *encode(text[: span.start])]
    suffix = [tokens.suffix, *encode(text[span.end :])]
    context = suffix + prefix if suffix_first else prefix + suffix
    return [*context, tokens.middle, *encode(text[span.start : span.end]), tokens.end_of_text]
