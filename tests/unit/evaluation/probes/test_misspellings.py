"""Misspelled names of packages."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.package_names import one_edit_away, well_known
from codex_lsp.evaluation.probes.misspellings import is_long_enough, misspelled, stem


@given(seed=st.integers(0, 1000), name=st.sampled_from([name for name in well_known() if is_long_enough(name)]))
def test_a_misspelling_is_another_name_and_shows_in_its_stem(seed: int, name: str) -> None:
    wrong = misspelled(name, Random(seed))
    assert wrong != name or "".join(sorted(wrong)) == "".join(sorted(name))
    assert wrong in one_edit_away(name) or wrong == name
    assert len(stem(wrong)) >= 3
