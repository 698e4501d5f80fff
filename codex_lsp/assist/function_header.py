"""Where the header of a function ends."""

import io
import re
import tokenize
from collections.abc import Iterator

LINE_END = re.compile(r"\r\n|\r|\n")
"""As Python splits lines."""


def header_end(header: str) -> int:
    """Just after the colon that ends a header, which may stand in the middle of the text."""
    ends = [0]
    ends += [at + len(line) for at, line in _placed(header)]
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(_unified(header)).readline):
            depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
            if token.type == tokenize.OP and token.string == ":" and depth == 0:
                return ends[token.end[0] - 1] + token.end[1]
    except (tokenize.TokenError, SyntaxError):  # the header is cut before its body
        pass
    return len(header.rstrip())


def _placed(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their ends, and where each begins."""
    at = 0
    for end in LINE_END.finditer(text):
        yield at, text[at : end.end()]
        at = end.end()


def _unified(text: str) -> str:
    return LINE_END.sub("\n", text)
