import pytest

from codex_lsp.training.licences import judge_licence


@pytest.mark.parametrize(
    "expression",
    ["MIT", "Apache-2.0 OR BSD-3-Clause", "GPL-2.0-only OR MIT", "BSD-3-Clause AND 0BSD AND (MIT)", "PSF-2.0", "HPND"],
)
def test_permissive_expression_is_accepted(expression: str) -> None:
    assert judge_licence(expression, [], None).refusal is None


@pytest.mark.parametrize(
    "expression", ["GPL-3.0-or-later", "MIT AND LGPL-2.1-only", "MPL-2.0", "LicenseRef-Proprietary"]
)
def test_other_expression_is_refused_with_the_part_that_fails(expression: str) -> None:
    refusal = judge_licence(expression, [], None).refusal
    assert refusal is not None
    assert refusal.split(": ")[1] in expression


@pytest.mark.parametrize(
    "expression",
    [
        "Apache-2.0 AND GPL-3.0-only",
        "BSD-2-Clause AND GPL-3.0",
        "BSD-3-Clause and AGPL-3.0",
        "ISC License AND GPL-2.0",
        "Apache License 2.0; GPL-3.0",
        "zpl and gpl",
        "Apache-2.0 with the Commons Clause",
    ],
)
def test_spelling_of_a_permissive_licence_does_not_cover_what_stands_after_it(expression: str) -> None:
    assert judge_licence(expression, [], None).refusal is not None


@pytest.mark.parametrize(
    "field",
    [
        "Apache License, Version 2.0",
        "Apache Software License",
        "Apache License v2.0",
        "Apache-2.0 WITH LLVM-exception",
        'BSD 3-Clause "New" or "Revised" License',
        "BSD-2-Clause License",
        "ISC License (ISCL)",
        "Academic Free License (AFL)",
        "The Unlicense (Unlicense)",
        "ZPL 2.1",
    ],
)
def test_permissive_licence_is_known_as_it_is_spelt(field: str) -> None:
    assert judge_licence(None, [], field).refusal is None


def test_classifiers_must_all_hold() -> None:
    mit, gpl = "License :: OSI Approved :: MIT License", "License :: OSI Approved :: GNU General Public License (GPL)"
    assert judge_licence(None, ["Topic :: Internet", mit], "whatever").refusal is None
    assert judge_licence(None, [mit, gpl], None).refusal is not None


@pytest.mark.parametrize(
    "field", ["BSD", "MIT License", "Apache 2.0", "3-Clause BSD", "new BSD\nRedistribution and use ..."]
)
def test_short_field_is_read_where_nothing_better_is_named(field: str) -> None:
    assert judge_licence(None, ["License :: OSI Approved"], field).refusal is None


@pytest.mark.parametrize("field", [None, "", "see LICENSE", "GPL"])
def test_unnamed_or_unknown_is_refused(field: str | None) -> None:
    assert judge_licence(None, [], field).refusal is not None
