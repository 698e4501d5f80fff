"""Mends of what Python's compiler refuses, where its message says what is missing and where."""

import re
import warnings
from collections.abc import Callable, Iterator

from codex_lsp.assist.repair import Repair
from codex_lsp.assist.result import TextEdit

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_PLAIN = {"\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u00d7": "*"}
_LINE_END = re.compile(r"\r\n|\r|\n")
_MOST_LINES = 30
"""Below an opening bracket that are tried for its closing one."""


def syntax_error(text: str) -> SyntaxError | None:
    """What the compiler says of a text; None where it takes it. Nothing is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text.removeprefix("\ufeff"), "<document>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error))
    return None


def syntax_repairs(text: str) -> Iterator[Repair]:
    """Changes after which the text compiles, the likeliest first."""
    error = syntax_error(text)
    if error is None or error.lineno is None or error.offset is None:
        return
    lines = _Lines(text)
    for pattern, mends in _MENDS:
        match = re.search(pattern, error.msg)
        if match is not None:
            yield from (each for each in mends(lines, error, match) if syntax_error(each.made_in(text)) is None)


class _Lines:
    """A text and where its lines, from 1, begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        first = len(text) - len(text.removeprefix("\ufeff"))
        ends = list(_LINE_END.finditer(text))
        self._starts = [first, *(end.end() for end in ends)]
        self._ends = [*(end.start() for end in ends), len(text)]

    def place(self, error: SyntaxError) -> int:
        """Of an error, in code points; a column past the line's end is its end."""
        line = min(error.lineno or 1, len(self._starts))
        return min(self._starts[line - 1] + max((error.offset or 1) - 1, 0), self._ends[line - 1])

    def code_end(self, line: int) -> int:
        """The end of a line's code, before its comment; a `#` in a string counts as one, and then nothing compiles."""
        text = self.text[self._starts[line - 1] : self._ends[line - 1]]
        return self._starts[line - 1] + len(text.partition("#")[0].rstrip() or text.rstrip())

    def last_from(self, line: int) -> range:
        return range(line, min(line + _MOST_LINES, len(self._starts)) + 1)


def _insert_colon(lines: _Lines, error: SyntaxError, _: re.Match[str]) -> Iterator[Repair]:
    for at in dict.fromkeys((lines.code_end(error.lineno or 1), lines.place(error))):
        yield _changed(at, at, ":", "Add the missing `:`")


def _close(lines: _Lines, error: SyntaxError, match: re.Match[str]) -> Iterator[Repair]:
    closer = _CLOSERS[match[1]]
    for line in lines.last_from(error.lineno or 1):
        at = lines.code_end(line)
        yield _changed(at, at, closer, f"Close `{match[1]}`")
        if lines.text[at - 1 : at] == ":":
            yield _changed(at - 1, at - 1, closer, f"Close `{match[1]}`")


def _drop(lines: _Lines, error: SyntaxError, match: re.Match[str]) -> Iterator[Repair]:
    at = lines.place(error)
    if lines.text[at : at + 1] == match[1]:
        yield _changed(at, at + 1, "", f"Remove `{match[1]}`")


def _match_closer(lines: _Lines, error: SyntaxError, match: re.Match[str]) -> Iterator[Repair]:
    at = lines.place(error)
    if lines.text[at : at + 1] == match[1]:
        yield _changed(at, at + 1, _CLOSERS[match[2]], f"Close `{match[2]}` by what belongs to it")


def _end_string(lines: _Lines, error: SyntaxError, _: re.Match[str]) -> Iterator[Repair]:
    at = lines.place(error)
    quote = lines.text[at : at + 1]
    end = at + len(_LINE_END.split(lines.text[at:], maxsplit=1)[0].rstrip())
    if quote in ("'", '"'):
        # What closes brackets or opens a block after the text is most likely not part of it.
        tail = len(re.search(r"[)\]}:,]*$", lines.text[at:end])[0])  # type: ignore[index] - it always matches
        for place in dict.fromkeys((end - tail, end)):
            yield _changed(place, place, quote, "End the text")


def _plain_character(lines: _Lines, error: SyntaxError, _: re.Match[str]) -> Iterator[Repair]:
    edits = tuple(
        TextEdit(start=at, end=at + 1, text=_PLAIN[each]) for at, each in enumerate(lines.text) if each in _PLAIN
    )
    if edits:
        yield Repair(edits=edits[:1], label="Write a plain character")
        yield Repair(edits=edits, label="Write plain characters")
    del error


def _compare(lines: _Lines, error: SyntaxError, _: re.Match[str]) -> Iterator[Repair]:
    at = lines.text.find("=", lines.place(error))
    if at >= 0:
        yield _changed(at, at + 1, "==", "Compare with `==`")


def _call_print(lines: _Lines, error: SyntaxError, match: re.Match[str]) -> Iterator[Repair]:
    name, at = match[1], lines.place(error)
    end = lines.code_end(error.lineno or 1)
    begin = at + len(name)
    if lines.text[at:begin] == name:
        space = len(lines.text[begin:end]) - len(lines.text[begin:end].lstrip())
        edits = (TextEdit(start=begin, end=begin + space, text="("), TextEdit(start=end, end=end, text=")"))
        yield Repair(edits=edits, label=f"Call `{name}`")


_MENDS: tuple[tuple[str, Callable[[_Lines, SyntaxError, re.Match[str]], Iterator[Repair]]], ...] = (
    (r"expected ':'", _insert_colon),
    (r"'([(\[{])' was never closed", _close),
    (r"unmatched '([)\]}])'", _drop),
    (r"parenthesis '([)\]}])' does not match opening parenthesis '([(\[{])'", _match_closer),
    (r"unterminated (?:f-)?string literal", _end_string),
    (r"invalid (?:non-printable )?character", _plain_character),
    (r"Maybe you meant '=='", _compare),
    (r"Missing parentheses in call to '(\w+)'", _call_print),
)


def _changed(start: int, end: int, text: str, label: str) -> Repair:
    return Repair(edits=(TextEdit(start=start, end=end, text=text),), label=label)
