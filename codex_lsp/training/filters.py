"""The filters of the Codex paper (section 3.1), with the numbers its replicas settled on.

Dropped: likely auto-generated files, an average line above 100 characters, a longest line above 1000, a small share of
alphanumeric characters (25 %), files above 1 MB, and what is not UTF-8 text.
"""

import re
from enum import StrEnum

MAX_FILE_BYTES = 1_000_000
MAX_MEAN_LINE_CHARS = 100
MAX_LINE_CHARS = 1000
MIN_ALPHANUMERIC_SHARE = 0.25
_HEAD_LINES = 5
_GENERATED = re.compile(
    r"auto[- ]?generated|automatically generated|generated (by|from|with)|do not (edit|modify)|@generated",
    re.IGNORECASE,
)


class Rejection(StrEnum):
    """Why a file is left out."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    EMPTY = "empty"
    AUTO_GENERATED = "auto_generated"
    LONG_MEAN_LINE = "long_mean_line"
    LONG_LINE = "long_line"
    FEW_ALPHANUMERICS = "few_alphanumerics"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    BENCHMARK_OVERLAP = "benchmark_overlap"
    VENDORED = "vendored"
    BUILT = "built"
    LICENCE = "licence"
    PACKAGE_LIMIT = "package_limit"


def decode(data: bytes) -> str | Rejection:
    """The text of a file with every line end made a line feed, or why it cannot be one."""
    if len(data) > MAX_FILE_BYTES:
        return Rejection.TOO_LARGE
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Rejection.NOT_UTF8
    if "\0" in text:
        return Rejection.NOT_UTF8
    return text.replace("\r\n", "\n").replace("\r", "\n")


def rejection(text: str) -> Rejection | None:
    """Why `text` should not be learned from, or None."""
    if not text.strip():
        return Rejection.EMPTY
    lines = text.split("\n")
    if _GENERATED.search("\n".join(lines[:_HEAD_LINES])):
        return Rejection.AUTO_GENERATED
    if max(map(len, lines)) > MAX_LINE_CHARS:
        return Rejection.LONG_LINE
    if len(text) / len(lines) > MAX_MEAN_LINE_CHARS:
        return Rejection.LONG_MEAN_LINE
    if sum(map(str.isalnum, text)) < MIN_ALPHANUMERIC_SHARE * len(text):
        return Rejection.FEW_ALPHANUMERICS
    return None
