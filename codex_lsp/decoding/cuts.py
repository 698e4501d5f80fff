"""Where a text can be cut so that its parts, tokenised one by one, give the tokens of the whole.

A cut is exact where three things hold: no step before the BPE looks across it, none of its pieces spans it, and
whatever is matched as a whole (added tokens) does not either. That is decided from `tokenizer.json` alone, once:

- **lines**: the first splitting step isolates every carriage return and line feed. Each later step sees one piece at a
  time, so nothing crosses a line end whatever those steps are.
- **blanks**: the splitting expression is known to begin a piece wherever a blank follows a visible ASCII character, and
  to look ahead of white space only (GPT-2, Llama 3, Qwen 2), or there is none (SentencePiece); and no token of the
  vocabulary has a blank after such a character, so that no merge spans that place.
- **nowhere**: of every other tokenizer nothing is assumed; texts are tokenised whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, cast

_LINE_END = (r"[\r\n]", "[\r\n]")
_WORDS_AND_MARKS = (r"\s?\p{L}+", r"\s?\p{P}+")
_RUN_OF_ONE_KIND = re.compile(r"\\p\{N\}|\[[^\[\]]+\]\+?")
_WORD = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
BLANK_FIRST = frozenset({rf"{_WORD}|\p{{N}}|{_REST}", rf"{_WORD}|\p{{N}}{{1,3}}|{_REST}"})
"""Expressions, as tokenizers write them, in which a blank after a visible ASCII character begins a piece."""

_LINES = re.compile(r"[^\r\n]*[\r\n]|[^\r\n]+")
# A comma or semicolon is never one piece with a digit, a letter or a blank that follows it.
_IN_LINE = re.compile(r"(?<=[,;])(?=[ 0-9A-Za-z])")
_LONG_LINE = 256
# The first such place of each line: an edit moves the cuts of its own line only.
_FIRST_BLANK = re.compile(r"^[^\n]*?[!-~](?= )", re.MULTILINE)
_LAST_BLANK = re.compile(r".*[!-~](?= )", re.DOTALL)
_BLANKS = "\u0120\u2581 "
"""How vocabularies write a blank: byte-level, SentencePiece, plain."""
_SPANS_BLANK = re.compile(f"[!-~][{_BLANKS}]")


class CutKind(StrEnum):
    """The places where a tokenizer lets a text be cut."""

    LINES = "lines"
    BLANKS = "blanks"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """How texts may be cut for one tokenizer.

    Attributes:
        kind: Where.
        by_words: Pieces are known to be words and runs of punctuation, each with a blank before it at most; then the
            last piece of a line can grow, but not begin elsewhere, when text follows.
    """

    kind: CutKind
    by_words: bool = False

    def parts(self, text: str) -> list[str]:
        r"""The text in parts that may be tokenised alone; they are about lines, and depend on little beside themselves.

        >>> cuts_of({"model": {"type": "BPE", "vocab": {" ": 0}}}).parts("if a:\n  b = c\n")
        ['if', ' a:\n  b', ' = c\n']
        """
        if self.kind is CutKind.LINES:
            return list(self._lines(text)) if self.by_words else _LINES.findall(text)
        if self.kind is CutKind.BLANKS:
            places = [0, *(match.end() for match in _FIRST_BLANK.finditer(text)), len(text)]
            return [text[start:end] for start, end in pairwise(places) if start < end]
        return [text] if text else []

    def stable_end(self, text: str, pieces: Callable[[str], Sequence[tuple[str, tuple[int, int]]]]) -> int:
        """How many characters of a text become the same tokens whatever is typed after it.

        Where nothing is known of a tokenizer, the last word and the blanks before it are taken to be what may change.

        Args:
            text: Document text.
            pieces: Splits text as the tokenizer does, with character offsets; asked about one line.
        """
        if self.kind is CutKind.LINES:
            line = next(reversed(self.parts(text[max(text.rfind("\n"), text.rfind("\r")) + 1 :])), "")
            inside = pieces(line)[-1][1][0] if line and self.by_words else 0
            return len(text) - len(line) + inside
        found = _LAST_BLANK.match(text)
        return 0 if found is None else found.end()

    @staticmethod
    def _lines(text: str) -> Iterator[str]:
        for line in _LINES.findall(text):
            if len(line) < _LONG_LINE:
                yield line
            else:
                yield from _IN_LINE.split(line)


def cuts_of(spec: Mapping[str, Any]) -> Cuts:
    """What the content of a `tokenizer.json` allows, for a tokenizer that reads special tokens as text."""
    model: Mapping[str, Any] = spec.get("model") or {}
    steps = _steps(spec.get("pre_tokenizer"), "pretokenizers")
    changes = _steps(spec.get("normalizer"), "normalizers")
    added = [entry for entry in spec.get("added_tokens") or [] if not entry.get("special")]
    if model.get("type") != "BPE" or model.get("dropout") or any(map(_adds_blank, (*steps, *changes))):
        return Cuts(kind=CutKind.NOWHERE)
    if not all(map(_is_local, changes)) or any(_looks_around(entry) for entry in added):
        return Cuts(kind=CutKind.NOWHERE)
    contents = [str(entry["content"]) for entry in added]
    if _isolates(steps, 0, _LINE_END) and not any("\n" in text or "\r" in text for text in contents):
        return Cuts(kind=CutKind.LINES, by_words=_splits_words(steps[1:]) and not contents and not changes)
    if _begins_at_blanks(steps) and _keeps_blanks_apart(model, steps, contents):
        return Cuts(kind=CutKind.BLANKS)
    return Cuts(kind=CutKind.NOWHERE)


def _steps(step: Any, key: str) -> list[dict[str, Any]]:
    if not isinstance(step, dict):
        return []
    found = cast("dict[str, Any]", step)
    return [part for one in found[key] for part in _steps(one, key)] if found.get("type") == "Sequence" else [found]


def _isolates(steps: list[dict[str, Any]], place: int, patterns: tuple[str, ...]) -> bool:
    return place < len(steps) and _pattern(steps[place]) in patterns


def _splits_words(steps: list[dict[str, Any]]) -> bool:
    """Whether pieces are words, then runs of marks, then runs of other kinds: found from left to right, none ahead."""
    if not all(_isolates(steps, place, (pattern,)) for place, pattern in enumerate(_WORDS_AND_MARKS)):
        return False
    plain = {"Digits", "ByteLevel"}
    return all(
        (step.get("type") in plain and not step.get("use_regex")) or _RUN_OF_ONE_KIND.fullmatch(_pattern(step) or "")
        for step in steps[len(_WORDS_AND_MARKS) :]
    )


def _pattern(step: Mapping[str, Any]) -> str | None:
    """The expression of a step that makes each match a piece of its own and keeps what is between."""
    whole = step.get("type") == "Split" and step.get("behavior") == "Isolated" and not step.get("invert")
    return cast("dict[str, Any]", step["pattern"]).get("Regex") if whole else None


def _adds_blank(step: Mapping[str, Any]) -> bool:
    if step.get("type") == "Metaspace":
        return step.get("prepend_scheme", "always" if step.get("add_prefix_space", True) else "never") != "never"
    return step.get("type") == "Prepend" or bool(step.get("add_prefix_space"))


def _is_local(change: Mapping[str, Any]) -> bool:
    """Whether a normaliser changes no character because of one beyond a line end or before a blank."""
    blank = change.get("type") == "Replace" and change.get("pattern") == {"String": " "}
    return blank or change.get("type") == "NFC"


def _looks_around(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(option) for option in ("single_word", "lstrip", "rstrip"))


def _begins_at_blanks(steps: list[dict[str, Any]]) -> bool:
    known = ("Digits", "ByteLevel", "Metaspace")
    return all(step.get("type") in known or _pattern(step) in BLANK_FIRST for step in steps)


def _keeps_blanks_apart(model: Mapping[str, Any], steps: list[dict[str, Any]], contents: list[str]) -> bool:
    vocabulary: Mapping[str, int] = model.get("vocab") or {}
    if not any(blank in vocabulary for blank in _BLANKS) or _SPANS_BLANK.search("\n".join([*vocabulary, *contents])):
        return False
    # These treat the ends of a piece apart; without a splitting expression a part's ends would count as such.
    by_piece = any(model.get(option) for option in ("ignore_merges", "continuing_subword_prefix", "end_of_word_suffix"))
    return not by_piece or any(_pattern(step) is not None or step.get("use_regex") for step in steps)
