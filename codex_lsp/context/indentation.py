"""How far a line is indented."""

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
