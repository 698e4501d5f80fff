from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.training.corpus import Document
from codex_lsp.training.heldout import draw_cursors


@given(st.text(alphabet="ab# \n", max_size=60), st.integers(0, 2**32))
def test_a_cursor_takes_out_the_rest_of_one_line(text: str, seed: int) -> None:
    cursors = list(draw_cursors(iter([Document(package="p", path="p.py", text=text)]), seed))
    usable = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    assert len(cursors) == (1 if usable else 0)
    for cursor in cursors:
        assert cursor.prefix + cursor.rest + cursor.suffix == text
        assert "\n" not in cursor.rest
        assert cursor.rest != ""
        assert cursor.suffix == "" or cursor.suffix.startswith("\n")
        assert cursor.prefix.rsplit("\n", 1)[-1] + cursor.rest in usable
