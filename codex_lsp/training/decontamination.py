"""Benchmark problems must not be learned from: thirteen-word windows of the corpus against a file of their hashes.

The file holds BLAKE2b digests of 8 bytes, sorted as big-endian integers. A word is a run of word characters, or one
other non-blank character, of the lower-cased text; a window counts when it holds at least five different words that
begin with a letter or an underscore.
"""

import hashlib
import re
from pathlib import Path

import numpy as np

from codex_lsp.errors import TrainingError

WINDOW = 13
MIN_DISTINCT_WORDS = 5
_DIGEST_BYTES = 8
_WORD = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[a-z_]\w*")


class BenchmarkHashes:
    """The windows of the benchmark problems, as sorted 64-bit hashes."""

    def __init__(self, path: Path) -> None:
        """Read the hash file.

        Raises:
            TrainingError: The file is missing or not a whole number of records.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise TrainingError(f"{path}: {error.strerror}; name a hash file with --decontaminate") from error
        if not data or len(data) % _DIGEST_BYTES:
            raise TrainingError(f"{path}: not a file of 8-byte hashes; name another with --decontaminate")
        self._hashes = np.frombuffer(data, dtype=">u8").astype(np.uint64)

    def overlaps(self, text: str) -> bool:
        """Whether any counted window of `text` is one of a benchmark problem."""
        digests = window_digests(text)
        if not digests:
            return False
        values = np.frombuffer(digests, dtype=">u8").astype(np.uint64)
        at = np.searchsorted(self._hashes, values)
        return bool((self._hashes[np.minimum(at, self._hashes.size - 1)] == values).any())


def window_digests(text: str) -> bytes:
    """The 8-byte digests of all counted windows of `text`, one after another."""
    words = _WORD.findall(text.lower())
    named = [word if _NAME.fullmatch(word) else "" for word in words]
    digests: list[bytes] = []
    for start in range(len(words) - WINDOW + 1):
        distinct = set(named[start : start + WINDOW])
        distinct.discard("")
        if len(distinct) >= MIN_DISTINCT_WORDS:
            window = " ".join(words[start : start + WINDOW]).encode()
            digests.append(hashlib.blake2b(window, digest_size=_DIGEST_BYTES).digest())
    return b"".join(digests)
