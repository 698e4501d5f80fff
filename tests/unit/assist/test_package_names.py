"""Names of packages: known, near, removed, unknown."""

import pytest

from codex_lsp.assist.package_names import REMOVED, Kind, PackageNames, installed, normal, well_known

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
