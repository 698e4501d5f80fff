"""How far a line is indented, and by what."""

from collections import Counter

TAB_COLUMNS = 8


def indent_columns(line: str) -> int:
    r"""Columns of blanks before a line's first other character; tabs go to the next multiple of 8.

    >>> indent_columns("    x"), indent_columns("  \tx")
    (4, 8)
    """
    columns = 0
    for character in line:
        if character == "\t":
            columns += TAB_COLUMNS - columns % TAB_COLUMNS
        elif character in {" ", "\f"}:
            columns += 1
        else:
            break
    return columns


def leading_blanks(line: str) -> str:
    r"""The blanks that a line begins with.

    >>> leading_blanks("\t x ")
    '\t '
    """
    return line[: len(line) - len(line.lstrip(" \t"))]


def indent_unit(text: str) -> str | None:
    r"""What one level of a text is indented by: a tab, or so many blanks; None where it tells nothing or is at odds.

    >>> indent_unit("if x:\n   y\n   if z:\n      w\n"), indent_unit("f {\n\tx\n}\n"), indent_unit("x\n")
    ('   ', '\t', None)
    """
    steps: Counter[str] = Counter()
    above = ""
    for line in text.split("\n"):
        if not line.strip():
            continue
        blanks = leading_blanks(line)
        # Only one level more after what opens a block: what is aligned with an open bracket tells nothing.
        if above.endswith((":", "{")) and blanks.startswith(leading_blanks(above)):
            steps[blanks[len(leading_blanks(above)) :]] += 1
        above = line.rstrip()
    del steps[""]
    if not steps:
        return None
    unit, times = steps.most_common(1)[0]
    usual = times * 4 >= steps.total() * 3
    return unit if usual and unit in {"\t", " " * len(unit)} and len(unit) <= TAB_COLUMNS else None
