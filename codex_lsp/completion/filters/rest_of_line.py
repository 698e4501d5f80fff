"""What already stands after the cursor is not written again: quotes, brackets, the rest of the line."""

import re

from codex_lsp.completion.line import Line, line_at
from codex_lsp.completion.truncate import shortened
from codex_lsp.context.brackets import OPENERS, QUOTES, closing_quote, open_quote, unclosed, unmatched_closers
from codex_lsp.context.indentation import indent_columns
from codex_lsp.types import Candidate, CursorContext

_CLOSERS = re.compile(r"[)\]}\s]*")
_WORD_AROUND = re.compile(r"\w\w")


def trim_rest_of_line(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut where the candidate would close what is closed already, or where it repeats the rest of the line."""
    line = line_at(context)
    text = candidate.insert
    ends = (closed_at(text, line), _closed_below(text, line), _repeated_at(text, line.rest))
    cuts = [end for end in ends if end is not None]
    return shortened(candidate, min(cuts)) if cuts else candidate


def closed_at(text: str, line: Line) -> int | None:
    """Where `text` writes a closing bracket or quote that already stands after the cursor on its line, or None."""
    rest = line.rest
    if not rest:
        return None
    in_string = _closed_string(text, line.quote, rest)
    if in_string is not None or rest[0] not in OPENERS:
        return in_string
    return _closed_bracket(text, max(len(line.openers) - len(_closers_of(rest)), 0), rest[0])


def _closed_string(text: str, quote: str | None, rest: str) -> int | None:
    """Where the text ends the string that the cursor is in, when its closing quote stands after the cursor."""
    if quote is None or not rest.startswith(quote):
        return None
    return closing_quote(text, quote)


def _closed_bracket(text: str, free: int, closer: str) -> int | None:
    """Where the text, having closed `free` brackets that the line left open, closes one more with `closer`."""
    places = unmatched_closers(text)
    if len(places) <= free or text[places[free]] != closer:
        return None
    # After an open quote it is a character of a string, or will be.
    return places[free] if open_quote(text[: places[free]]) is None else None


def _closed_below(text: str, line: Line) -> int | None:
    """Where the text closes a bracket of the cursor's line that the next line closes already."""
    if line.rest or not line.following or not line.openers:
        return None
    below = line.following[0]
    if indent_columns(below) < indent_columns(line.before):
        # It closes what a line further out has opened.
        return None
    closers = _closers_of(below.lstrip())[: len(line.openers)]
    own = line.openers[: len(closers)]
    if not closers or [OPENERS[closer] for closer in reversed(closers)] != list(own):
        return None
    end = _closed_bracket(text, len(line.openers) - len(closers), closers[0])
    if end is None or unclosed(text[end + 1 :]):
        # What it closes it opens again, so that the next line closes that: `} else {`.
        return None
    return len(text[:end].rstrip())


def _closers_of(rest: str) -> str:
    match = _CLOSERS.match(rest)
    return "".join(match[0].split()) if match else ""


def _repeated_at(text: str, rest: str) -> int | None:
    """Where the text's end begins to be the whole rest of the line over again."""
    bare = text.rstrip()
    if not rest or not bare.endswith(rest) or rest[0] in OPENERS or rest[0] in QUOTES:
        return None
    start = len(bare) - len(rest)
    splits_word = start > 0 and _WORD_AROUND.fullmatch(bare[start - 1 : start + 1])
    return None if splits_word else start
