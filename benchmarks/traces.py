"""What a person does, as prompts one after another: types on, goes to another line, goes to another file.

Documents are modules of the standard library. A prompt is a window of about `PROMPT_TOKENS` tokens, a quarter of them
after the cursor; where it begins stays while a person types, and moves in steps (`Window.step`) when they move.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.standard_library import standard_library_file
from codex_lsp.types import Prompt

PROMPT_TOKENS = 2000
SUFFIX_SHARE = 0.25
STEP_TOKENS = 256
FILES = ("argparse.py", "tarfile.py")
_CHARACTERS_PER_TOKEN = 8

CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How long prompts are.

    Attributes:
        tokens: Of a whole prompt.
        count: Counts tokens of a text.
    """

    tokens: int
    count: CountTokens

    @property
    def suffix(self) -> int:
        """Tokens of it after the cursor."""
        return int(self.tokens * SUFFIX_SHARE)

    @property
    def prefix(self) -> int:
        """Tokens of it before the cursor."""
        return self.tokens - self.suffix

    @property
    def step(self) -> int:
        """Tokens by which its beginning moves."""
        return min(STEP_TOKENS, self.prefix // 4)


@dataclass(slots=True, kw_only=True)
class Place:
    """A cursor between the lines of a document, and where the window before it begins."""

    lines: list[str]
    line: int
    start: int

    @classmethod
    def at(cls, text: str, line: int, window: Window) -> "Place":
        """The cursor before a line, the window as long as it may be."""
        lines = text.splitlines(keepends=True)
        return cls(lines=lines, line=line, start=_first_line(lines, line, window.prefix, window.count))

    def prompt(self, window: Window, typed: str = "") -> Prompt:
        """What is asked after so much was typed at the cursor."""
        return Prompt(
            header=None,
            prefix="".join(self.lines[self.start : self.line]) + typed,
            suffix="\n" + _beginning(self.lines[self.line :], window.suffix, window.count),
        )

    def go_to(self, line: int, window: Window) -> None:
        """Move the cursor; the window begins where it did while it is not too long."""
        self.line = line
        if window.count("".join(self.lines[self.start : line])) > window.prefix:
            self.start = _first_line(self.lines, line, window.prefix - window.step, window.count)


def append(window: Window) -> Iterator[Prompt]:
    """A character more each time, in one place: lines of the document are typed again."""
    place = Place.at(_text(FILES[0]), 1000, window)
    source = "".join(place.lines[600:])
    for end in range(1, len(source)):
        yield place.prompt(window, source[:end])


def jump(window: Window) -> Iterator[Prompt]:
    """The next line each time, at the place where its text begins."""
    place = Place.at(_text(FILES[0]), 1000, window)
    for line in range(1000, len(place.lines)):
        place.go_to(line, window)
        code = place.lines[line]
        yield place.prompt(window, code[: len(code) - len(code.lstrip())])


def switch(window: Window) -> Iterator[Prompt]:
    """To and fro between two files; in each a character more than the last time."""
    places = [Place.at(_text(name), 1000, window) for name in FILES]
    sources = ["".join(place.lines[600:]) for place in places]
    for end in range(1, min(map(len, sources))):
        for place, source in zip(places, sources, strict=True):
            yield place.prompt(window, source[:end])


TRACES: dict[str, Callable[[Window], Iterator[Prompt]]] = {"append": append, "jump": jump, "switch": switch}


def _text(name: str) -> str:
    path: Path = standard_library_file(name)
    return path.read_text(encoding="utf-8")


def _first_line(lines: list[str], line: int, tokens: int, count: CountTokens) -> int:
    start, room = line, tokens
    while start > 0 and (room := room - count(lines[start - 1])) >= 0:
        start -= 1
    return start


def _beginning(lines: list[str], tokens: int, count: CountTokens) -> str:
    end, room = 0, tokens
    while end < len(lines) and (room := room - count(lines[end])) >= 0:
        end += 1
    return "".join(lines[:end])
