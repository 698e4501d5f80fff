"""The document around the cursor, as prompts and filters see it."""

import dataclasses

from codex_lsp.context.document import Document
from codex_lsp.types import CursorContext

REACH = 65536
"""Code points on either side of the cursor that filters look at."""
LINE_REACH = 4096
"""No more where the cursor's line alone is longer: it is data, and looking through it would hold up everybody."""


def cursor_context(document: Document, offset: int, *, path: str) -> CursorContext:
    """The document split at `offset` (code points); `path` is its path in the workspace, posix."""
    return CursorContext(
        uri=document.uri,
        path=path,
        language=document.language,
        prefix=document.text[:offset],
        suffix=document.text[offset:],
    )


def with_plain_newlines(context: CursorContext) -> CursorContext:
    r"""The same place with every line end a `\n`: what models have seen, and what candidates are compared with."""
    prefix, suffix = plain_newlines(context.prefix), plain_newlines(context.suffix)
    if prefix is context.prefix and suffix is context.suffix:
        return context
    return dataclasses.replace(context, prefix=prefix, suffix=suffix)


def nearby(context: CursorContext) -> CursorContext:
    """The same place with no more text around it than decides where a completion ends."""
    before = LINE_REACH if len(context.line_prefix) > LINE_REACH else REACH
    after = LINE_REACH if len(context.line_suffix) > LINE_REACH else REACH
    if len(context.prefix) <= before and len(context.suffix) <= after:
        return context
    return dataclasses.replace(context, prefix=context.prefix[-before:], suffix=context.suffix[:after])


def plain_newlines(text: str) -> str:
    r"""`text` with every line end a `\n`.

    >>> plain_newlines("a\r\nb\rc")
    'a\nb\nc'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
