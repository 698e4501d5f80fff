from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.training.near_duplicates import MIN_SHINGLES, SeenFiles, exact_digest, similarity, sketch

LINES = [f"def function_{n}(value): return value * {n} + offset_{n}" for n in range(100)]


def minima(lines: list[str]) -> bytes:
    found = sketch("\n".join(lines))
    assert found is not None
    return found


def test_the_sketch_estimates_how_alike_two_files_are() -> None:
    assert similarity(minima(LINES), minima(LINES)) == 1.0
    assert similarity(minima(LINES), minima([*LINES[:-2], "x = 1"])) > 0.9
    assert similarity(minima(LINES[:50]), minima(LINES[50:])) < 0.2
    # Two of three parts are shared, and half of all: Jaccard is near 0.5.
    assert 0.3 < similarity(minima(LINES[:75]), minima(LINES[25:])) < 0.7


def test_a_small_file_has_no_sketch() -> None:
    assert sketch("from .one import two\n") is None
    assert sketch(" ".join(f"w{n}" for n in range(MIN_SHINGLES + 6))) is not None


def test_the_first_of_its_kind_stays(tmp_path: Path) -> None:
    with SeenFiles(tmp_path / "seen.sqlite") as seen:
        assert not seen.resembles_another(minima(LINES))
        assert seen.resembles_another(minima([*LINES, "y = 2"]))
        assert not seen.resembles_another(minima(LINES[:50]))
        assert not seen.is_repeated(exact_digest("x = 1"))
        assert seen.is_repeated(exact_digest("x = 1\n\n"))
        assert not seen.is_repeated(exact_digest("x = 2"))
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.text())
def test_equal_digests_mean_equal_texts(one: str, other: str) -> None:
    assert (exact_digest(one) == exact_digest(other)) == (one.strip() == other.strip())
