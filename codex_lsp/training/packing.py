"""Rows of fixed length for training: whole pieces of documents, each under the header that serving shows.

A row holds one or more pieces; a piece is a run of whole lines of one document and never reaches over a row's end, so
every fill-in-the-middle example is whole. Half of the pieces (by default) are such examples.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from codex_lsp.training.documents import Document
from codex_lsp.training.fim import FimOptions, FimTokens, draw_span, lay_out
from codex_lsp.training.tokenizer import (
    END_OF_TEXT,
    FILE_SEPARATOR,
    FIM_MIDDLE,
    FIM_PAD,
    FIM_PREFIX,
    FIM_SUFFIX,
    plain,
    special_id,
)

Row = npt.NDArray[np.uint16]

_MIN_ROOM = 48
_LARGE_ROOM = 384
_MIN_EXAMPLE_TOKENS = 32
_SEAM_SLACK = 12
"""Tokens kept free for what the seams of an example cost: parts encoded apart can take a few tokens more."""
_PATH_CHARS = 200


_EVEN = 0.5
_IMPORT = re.compile(r"(?:import|from|use|using|require|#include)\b[^(){}]*$")
"""An import that one line holds, at a line's start, in most languages; a list over several lines is left alone."""


def header_text(path: str, language: str) -> str:
    """What follows the token that opens a document: its language and its path, as serving shows them."""
    return f"{language} {path[-_PATH_CHARS:]}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoded:
    """A document as lines and tokens; line i is `ids[starts[i]:starts[i + 1]]`, its line end included."""

    header: list[int]
    lines: list[str]
    ids: list[int]
    starts: list[int]


class RowPacker:
    """Turns documents into rows of token ids; the same documents, seed and options give the same rows."""

    def __init__(self, tokenizer: Tokenizer, options: FimOptions, seed: int, *, import_dropout: float = 0.0) -> None:
        """Set up the packer.

        Args:
            tokenizer: Holds the special tokens.
            options: How fill-in-the-middle examples are made.
            seed: Decides every draw.
            import_dropout: The chance of a document to lose some of its import lines: a person often types the use of
                a name before its import.
        """
        self._pad = special_id(tokenizer, FIM_PAD)
        self._separator = special_id(tokenizer, FILE_SEPARATOR)
        self._tokens = FimTokens(
            prefix=special_id(tokenizer, FIM_PREFIX),
            middle=special_id(tokenizer, FIM_MIDDLE),
            suffix=special_id(tokenizer, FIM_SUFFIX),
            end_of_text=special_id(tokenizer, END_OF_TEXT),
        )
        self._tokenizer = plain(tokenizer)
        self._line_end = self._encode("\n")[0]
        self._options = options
        self._import_dropout = import_dropout
        self._random = Random(seed)  # noqa: S311 - a seeded draw, not a secret

    def rows(self, documents: Iterable[Document], row_length: int) -> Iterator[Row]:
        """Yield rows of `row_length` ids, the last one padded."""
        row: list[int] = []
        for document in documents:
            encoded = self._prepare(document)
            line = 0
            while line < len(encoded.lines):
                room = row_length - len(row)
                piece, line = self._piece(encoded, line, room, row_length)
                row += piece
                if not piece or row_length - len(row) < _MIN_ROOM:
                    yield self._filled(row, row_length)
                    row = []
        if row:
            yield self._filled(row, row_length)

    def _filled(self, row: list[int], row_length: int) -> Row:
        return np.array(row + [self._pad] * (row_length - len(row)), dtype=np.uint16)

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _prepare(self, document: Document) -> _Encoded:
        text = document.text
        if self._random.random() < self._import_dropout:
            lines = text.split("\n")
            text = "\n".join(line for line in lines if not (_IMPORT.match(line) and self._random.random() < _EVEN))
        ids = self._encode(text)
        breaks = [index + 1 for index, token in enumerate(ids) if token == self._line_end]
        return _Encoded(
            header=[self._separator, *self._encode(header_text(document.path, document.language))],
            lines=text.split("\n"),
            ids=ids,
            starts=[0, *breaks, len(ids)],
        )

    def _piece(self, encoded: _Encoded, line: int, room: int, row_length: int) -> tuple[list[int], int]:
        """The piece that starts at `line` and fits in `room`, and the line after it; an empty one asks for a new row.

        A single line that does not fit into a large room, or into a whole row, is left out.
        """
        fim = self._random.random() < self._options.rate
        budget = room - len(encoded.header) - 1 - (4 + _SEAM_SLACK if fim else 0)
        last = self._last_line(encoded.starts, line, budget, fim=fim)
        if last == line:
            return [], line + 1 if room > min(_LARGE_ROOM, row_length - 1) else line
        ids = self._example(encoded, line, last) if fim else self._plain_piece(encoded, line, last)
        body = encoded.header + ids
        if len(body) > room:
            body = encoded.header + self._plain_piece(encoded, line, last)
        return body, last

    def _last_line(self, starts: list[int], line: int, budget: int, *, fim: bool) -> int:
        most = self._options.max_example_tokens
        if not fim or most is None:
            return _last_fitting(starts, line, budget)
        drawn = round(math.exp(self._random.uniform(math.log(_MIN_EXAMPLE_TOKENS), math.log(most))))
        return max(_last_fitting(starts, line, min(budget, drawn)), min(line + 1, _last_fitting(starts, line, budget)))

    def _plain_piece(self, encoded: _Encoded, line: int, last: int) -> list[int]:
        ids = encoded.ids[encoded.starts[line] : encoded.starts[last]]
        return [*ids, self._tokens.end_of_text] if last == len(encoded.lines) else ids

    def _example(self, encoded: _Encoded, line: int, last: int) -> list[int]:
        text = "\n".join(encoded.lines[line:last]) + ("" if last == len(encoded.lines) else "\n")
        return lay_out(
            text,
            draw_span(text, self._options, self._random),
            suffix_first=self._random.random() < self._options.spm_share,
            tokens=self._tokens,
            encode=self._encode,
        )


def _last_fitting(starts: list[int], line: int, budget: int) -> int:
    """The greatest `last` with `starts[last] - starts[line] <= budget`, by bisection."""
    low, high = line, len(starts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if starts[middle] - starts[line] <= budget:
            low = middle
        else:
            high = middle - 1
    return low
