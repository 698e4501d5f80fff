"""What commands say: results on stdout, progress and errors on stderr."""

import json
import sys
from typing import Any, TextIO

from codex_lsp.errors import CodexLspError


def write_line(text: str) -> None:
    """Write lines of result to stdout; control characters are shown, not obeyed."""
    try:
        _write(sys.stdout, "".join(map(_visible, text)) + "\n")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CodexLspError(f"standard output cannot be written ({error.strerror}); free its device") from error


def write_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    write_line(json.dumps(value, indent=2))


def progress(text: str) -> None:
    """Write one line of progress or complaint to stderr; whatever is not printable in it is escaped."""
    line = text if text.isprintable() else "".join(map(_escaped, text))
    try:
        _write(sys.stderr, line + "\n")
    except OSError:
        # There is nobody left to tell.
        return


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _visible(character: str) -> str:
    return character if character in "\n\t" else _escaped(character)


def _write(stream: TextIO | None, text: str) -> None:
    # A closed stream is None: `command >&-`.
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
    stream.flush()
