"""Cursors for the measure of line completion: where they stand, and what is taken out of the document there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models.templates import comment_line


class Combination(StrEnum):
    """Where the cursor stands in its line, and whether what follows the line stays."""

    UNIFORM_WITH_SUFFIX = "uniform_with_suffix"
    UNIFORM_LEFT_TO_RIGHT = "uniform_left_to_right"
    FIRST_NON_BLANK_WITH_SUFFIX = "first_non_blank_with_suffix"
    FIRST_NON_BLANK_LEFT_TO_RIGHT = "first_non_blank_left_to_right"

    @property
    def is_uniform(self) -> bool:
        """Whether the cursor stands at a uniformly drawn character, not at the line's first non-blank."""
        return self in (Combination.UNIFORM_WITH_SUFFIX, Combination.UNIFORM_LEFT_TO_RIGHT)

    @property
    def has_suffix(self) -> bool:
        """Whether what follows the line stays in the document."""
        return self in (Combination.UNIFORM_WITH_SUFFIX, Combination.FIRST_NON_BLANK_WITH_SUFFIX)


HEADLINE = Combination.UNIFORM_WITH_SUFFIX
"""What `line_exact_match` and `line_edit_similarity` mean where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPlace:
    """A line of a file and a character of it; offsets count code points into the file's text.

    Attributes:
        file: The file.
        line_start: Where the line begins.
        line_end: Where it ends, before its line end.
        offset: The drawn character: one of the line's, before its trailing blanks.
    """

    file: SourceFile
    line_start: int
    line_end: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A document with the rest of one line taken out: `prefix + rest + suffix` is the text, where the suffix stays."""

    path: str
    language: str
    prefix: str
    rest: str
    suffix: str


def drawn_places(files: Sequence[SourceFile], count: int, seed: int) -> list[DrawnPlace]:
    """Draw `count` places: files in a seeded order, one place of each, and again from the first after the last.

    Of a file, a character of its non-blank, non-comment lines is drawn uniformly. Fewer than `count` places, none, are
    given only where no file has such a line. Of a longer draw with the same seed, a shorter one is the beginning.
    """
    random = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    usable = [(file, spans) for file in shuffled(files, seed) if (spans := tuple(_code_spans(file)))]
    places: list[DrawnPlace] = []
    while usable and len(places) < count:
        for file, spans in usable[: count - len(places)]:
            start, end = random.choices(spans, weights=[_width(file.text, span) for span in spans])[0]
            offset = start + random.randrange(_width(file.text, (start, end)))
            places.append(DrawnPlace(file=file, line_start=start, line_end=end, offset=offset))
    return places


def cursor_at(place: DrawnPlace, combination: Combination) -> Cursor:
    """The cursor of a combination at a drawn place: all four take the same line out of the same file."""
    text = place.file.text
    line = text[place.line_start : place.line_end]
    first = place.line_start + len(line) - len(line.lstrip())
    offset = place.offset if combination.is_uniform else first
    return Cursor(
        path=place.file.path,
        language=place.file.language,
        prefix=text[:offset],
        rest=text[offset : place.line_end],
        suffix=text[place.line_end :] if combination.has_suffix else "",
    )


def shuffled(files: Sequence[SourceFile], seed: int) -> list[SourceFile]:
    """The files in an order that their paths, their texts and the seed decide, not the order they came in."""
    ordered = sorted(files, key=lambda file: (file.path, file.text))
    Random(seed).shuffle(ordered)  # noqa: S311 - a seeded order, not a secret
    return ordered


def is_comment(line: str, language: str) -> bool:
    """Whether a line begins with its language's mark of a comment, or goes on with a block comment's star.

    >>> is_comment("  # why", "python"), is_comment("#include <x>", "c"), is_comment(" * what", "java")
    (True, False, True)
    """
    mark = comment_line("", language).split()[0]
    marks = (mark, "/*", "*/", "* ") if mark == "//" else (mark,)
    stripped = line.strip()
    return stripped.startswith(marks) or (mark == "//" and stripped == "*")


def _code_spans(file: SourceFile) -> Iterator[tuple[int, int]]:
    """Where the non-blank, non-comment lines begin and end."""
    start = 0
    for line in file.text.split("\n"):
        if line.strip() and not is_comment(line, file.language):
            yield start, start + len(line)
        start += len(line) + 1


def _width(text: str, span: tuple[int, int]) -> int:
    """A line's characters without its trailing blanks: at one of those there would be nothing to complete."""
    return len(text[span[0] : span[1]].rstrip())
