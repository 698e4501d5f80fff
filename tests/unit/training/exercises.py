"""Hand-written problems of a few families, for tests of what learns from problems."""

from codex_lsp.training.problem import Problem

_BODIES = {
    "sums": ("Add up {what}.", "sum({name})", "3"),
    "sizes": ("Count {what}.", "len({name})", "2"),
    "largest": ("The largest of {what}.", "max({name})", "2"),
    "first": ("The first of {what}.", "{name}[0]", "1"),
    "sorted": ("Sort {what}.", "sorted({name})", "[1, 2]"),
}
FAMILIES = tuple(_BODIES)
_NAMES = ("numbers", "values", "items", "data", "entries", "scores", "parts", "lengths")


def problem(family: str, name: str) -> Problem:
    """One problem of a family over a parameter's name."""
    sentence, expression, found = _BODIES[family]
    entry_point = f"{family}_of_{name}"
    return Problem(
        task_id=f"{family}/{name}",
        prompt=f'def {entry_point}({name}):\n    """{sentence.format(what="the " + name)}\n\n'
        f'    >>> {entry_point}([1, 2])\n    {found}\n    """\n',
        entry_point=entry_point,
        canonical_solution=f"    return {expression.format(name=name)}\n",
        test=f"def check(candidate):\n    assert candidate([1, 2]) == {found}\n",
        source="exercises",
        family=family,
    )


PROBLEMS = tuple(problem(family, name) for family in _BODIES for name in _NAMES)
