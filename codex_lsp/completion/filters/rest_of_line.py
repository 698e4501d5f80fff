"""What already stands after the cursor on its line is not written again."""

import re

from codex_lsp.completion.brackets import OPENERS, QUOTES, open_quote, unclosed, unmatched_closers
from codex_lsp.completion.truncate import shortened
from codex_lsp.types import Candidate, CursorContext

_CLOSERS = re.compile(r"[)\]}\s]*")
_WORD_AROUND = re.compile(r"\w\w")


def trim_rest_of_line(candidate: Candidate, context: CursorContext) -> Candidate:
    """Cut where the candidate would close what the line closes already, or where it repeats the rest of the line."""
    ends = (closed_at(candidate.insert, context), _repeated_at(candidate.insert, context.line_suffix.strip()))
    cuts = [end for end in ends if end is not None]
    return shortened(candidate, min(cuts)) if cuts else candidate


def closed_at(text: str, context: CursorContext) -> int | None:
    """Where `text` writes a closing bracket or quote that already stands after the cursor, or None."""
    rest = context.line_suffix.strip()
    if not rest:
        return None
    in_string = _closed_string(text, context.line_prefix, rest)
    return _closed_bracket(text, context.line_prefix, rest) if in_string is None else in_string


def _closed_string(text: str, line_prefix: str, rest: str) -> int | None:
    """Where the text ends the string that the cursor is in, when its closing quote stands after the cursor."""
    quote = open_quote(line_prefix)
    if quote is None or rest[0] != quote:
        return None
    position = 0
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" else 1
    return position if position < len(text) else None


def _closed_bracket(text: str, line_prefix: str, rest: str) -> int | None:
    """Where the text closes a bracket whose closing one stands after the cursor."""
    if rest[0] not in OPENERS:
        return None
    reserved = sum(character in OPENERS for character in _closers_of(rest))
    free = max(len(unclosed(line_prefix)) - reserved, 0)
    places = unmatched_closers(text)
    if len(places) <= free or text[places[free]] != rest[0]:
        return None
    # After an open quote it is a character of a string, or will be.
    return places[free] if open_quote(text[: places[free]]) is None else None


def _closers_of(rest: str) -> str:
    match = _CLOSERS.match(rest)
    return match[0] if match else ""


def _repeated_at(text: str, rest: str) -> int | None:
    """Where the text's end begins to be the whole rest of the line over again."""
    bare = text.rstrip()
    if not rest or not bare.endswith(rest) or rest[0] in OPENERS or rest[0] in QUOTES:
        return None
    start = len(bare) - len(rest)
    splits_word = start > 0 and _WORD_AROUND.fullmatch(bare[start - 1 : start + 1])
    return None if splits_word else start
