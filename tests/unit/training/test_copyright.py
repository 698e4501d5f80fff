import pytest

from codex_lsp.training.copyright import read_copyright

HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"


def test_the_stanza_of_all_files_decides() -> None:
    assert read_copyright(HEAD + "Files: *\nCopyright: someone\nLicense: Expat\n The text\n").verdict.licence == "Expat"
    refusal = read_copyright(HEAD + "Files: *\nLicense: GPL-2+\n").verdict.refusal
    assert refusal is not None
    assert "GPL-2+" in refusal


@pytest.mark.parametrize("text", ["", "This package is free software.", "License:\n", HEAD])
def test_a_copyright_that_cannot_be_read_is_refused(text: str) -> None:
    assert read_copyright(text).verdict.refusal is not None


def test_the_packaging_may_be_under_any_licence() -> None:
    found = read_copyright(HEAD + "Files: *\nLicense: Apache-2.0\n\nFiles: debian/*\nLicense: GPL-3+\n")
    assert found.verdict.refusal is None
    assert not found.refuses("usr/share/perl5/debian.pm")


def test_files_of_another_licence_are_refused_wherever_they_are_installed() -> None:
    found = read_copyright(
        HEAD
        + "Files: *\nLicense: Expat\n\n"
        + "Files: lib/Rex/ACU.pm\n src/data/*\n src/x/_icons.*\nLicense: Artistic or GPL-1+\n"
    )
    assert found.verdict.refusal is None
    for path in ("usr/share/perl5/Rex/ACU.pm", "usr/share/x/data/deep/a.js", "usr/_icons.css"):
        assert found.refuses(path), path
    for path in ("usr/share/perl5/Rex/Other.pm", "usr/share/x/database/a.js"):
        assert not found.refuses(path), path
