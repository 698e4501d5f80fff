"""The document around the cursor."""

import pytest

from codex_lsp.context.cursor import LINE_REACH, REACH, cursor_context, nearby, with_plain_newlines
from codex_lsp.context.document import Document
from codex_lsp.types import CursorContext


def test_the_document_is_split_at_the_offset() -> None:
    document = Document(uri="file:///w/a.py", language="python", version=3, text="x = 1\r\ny = 2\r\n")
    context = cursor_context(document, 9, path="a.py")
    assert context == CursorContext(
        uri="file:///w/a.py", path="a.py", language="python", prefix="x = 1\r\ny ", suffix="= 2\r\n"
    )
    assert (context.line_prefix, context.line_suffix) == ("y ", "= 2")


def test_line_ends_become_plain() -> None:
    document = Document(uri="", language="python", version=0, text="a\r\nb\rc\n")
    plain = with_plain_newlines(cursor_context(document, 3, path="a.py"))
    assert (plain.prefix, plain.suffix) == ("a\n", "b\nc\n")
    assert with_plain_newlines(plain) is plain


def test_only_what_is_near() -> None:
    far = CursorContext(uri="", path="a.py", language="python", prefix="\n" * REACH + "b", suffix="c" + "\n" * REACH)
    near = nearby(far)
    assert (near.prefix, near.suffix) == (far.prefix[1:], far.suffix[:-1])
    assert nearby(near) is near


@pytest.mark.parametrize("length", [LINE_REACH, LINE_REACH + 1, 10 * REACH])
def test_little_of_a_line_that_is_data_is_near(length: int) -> None:
    context = CursorContext(
        uri="",
        path="a.js",
        language="javascript",
        prefix="a\n" * REACH + "x" * length,
        suffix="y" * length + "\nb" * REACH,
    )
    near = nearby(context)
    reach = REACH if length <= LINE_REACH else LINE_REACH
    assert (len(near.prefix), len(near.suffix)) == (reach, reach)
    assert context.prefix.endswith(near.prefix)
    assert context.suffix.startswith(near.suffix)
