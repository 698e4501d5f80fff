"""Names of packages: known, near, removed, unknown."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.evaluation.probes.package_names import (
    REMOVED,
    Kind,
    PackageNames,
    installed,
    is_long_enough,
    misspelled,
    normal,
    one_edit_away,
    stem,
    well_known,
)

NAMES = PackageNames.of(["requests", "Python-DateUtil", "numpy"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("os", Kind.STDLIB),
        ("requests", Kind.KNOWN),
        ("python_dateutil", Kind.KNOWN),
        ("Requests", Kind.KNOWN),
        ("reqeusts", Kind.NEAR),
        ("numpyy", Kind.NEAR),
        ("nmpy", Kind.NEAR),
        ("acqusition", Kind.REMOVED),
        ("somethingelse", Kind.UNKNOWN),
        ("", Kind.NOTHING),
    ],
)
def test_kinds(name: str, kind: Kind) -> None:
    assert NAMES.kind(name) is kind


def test_the_list_that_ships() -> None:
    names = well_known()
    assert len(names) == len(set(names)) > 150
    assert all(normal(name) == name and name.isidentifier() for name in names)
    assert not set(names) & set(REMOVED)


def test_what_is_installed_here_is_known() -> None:
    names = PackageNames.of(installed())
    assert names.kind("pytest") is Kind.KNOWN


@given(seed=st.integers(0, 1000), name=st.sampled_from([name for name in well_known() if is_long_enough(name)]))
def test_a_misspelling_is_another_name_and_shows_in_its_stem(seed: int, name: str) -> None:
    wrong = misspelled(name, Random(seed))
    assert wrong != name or "".join(sorted(wrong)) == "".join(sorted(name))
    assert wrong in one_edit_away(name) or wrong == name
    assert len(stem(wrong)) >= 3
