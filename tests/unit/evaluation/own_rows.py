"""Tasks of ours, three for each format: they stand in where no benchmark data is."""

from typing import Any

HUMANEVAL_ROWS: list[dict[str, Any]] = [
    {
        "task_id": "own/0",
        "prompt": 'def doubled(x: int) -> int:\n    """Twice x.\n\n    >>> doubled(2)\n    4\n    """\n',
        "entry_point": "doubled",
        "canonical_solution": "    return 2 * x\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n",
    },
    {
        "task_id": "own/1",
        "prompt": 'from typing import List\n\n\ndef evens(values: List[int]):\n    """The even ones."""\n',
        "entry_point": "evens",
        "canonical_solution": "    return [value for value in values if value % 2 == 0]\n",
        "test": "def check(candidate):\n    assert candidate([1, 2, 4]) == [2, 4]\n    assert candidate([]) == []\n",
    },
    {
        "task_id": "own/2",
        "prompt": "def shifted(text):\n    return ''.join(chr(ord(each) + 1) for each in text)\n\n\n"
        'def unshifted(text):\n    """Undo shifted."""\n',
        "entry_point": "unshifted",
        "canonical_solution": "    return ''.join(chr(ord(each) - 1) for each in text)\n",
        "test": "def check(candidate):\n    for text in ('ab', ''):\n        assert candidate(shifted(text)) == text\n",
    },
]

INFILLING_ROWS: list[dict[str, Any]] = [
    {
        "task_id": "SingleLineInfilling/own/0/L0",
        "prompt": 'def mean(values):\n    """Their mean."""\n',
        "suffix": "    return total / len(values)\n",
        "entry_point": "mean",
        "canonical_solution": "    total = sum(values)\n",
        "test": "def check(candidate):\n    assert candidate([1, 2, 3]) == 2\n",
    },
    {
        "task_id": "SingleLineInfilling/own/1/L0",
        "prompt": "def clipped(x):\n    x = max(x, 0)\n",
        "suffix": "    return x\n",
        "entry_point": "clipped",
        # Nothing is missing: an empty completion passes, as a few do in the real sets.
        "canonical_solution": "    x = int(x)\n",
        "test": "def check(candidate):\n    assert candidate(-3) == 0\n    assert candidate(3) == 3\n",
    },
    {
        "task_id": "SingleLineInfilling/own/2/L0",
        "prompt": "def negated(x):\n",
        "suffix": "",
        "entry_point": "negated",
        "canonical_solution": "    return -x\n",
        "test": "def check(candidate):\n    assert candidate(3) == -3\n",
    },
]

MINI_ROWS: list[dict[str, Any]] = [
    {
        "task_id": "own/0",
        "prompt": "def halved(values):\n",
        "entry_point": "halved",
        "canonical_solution": "    return [value / 2 for value in values]\n",
        "base_input": [[[1.0, 2.0]]],
        "plus_input": [[[]], [[3.0]]],
        "atol": 1e-6,
    },
    {
        "task_id": "own/1",
        "prompt": "def longest(words):\n",
        "entry_point": "longest",
        "canonical_solution": "    return max(words, key=len) if words else None\n",
        "base_input": [[["a", "bb"]]],
        "plus_input": [[[]], [["ccc", "d"]]],
        "atol": 0,
    },
    {
        "task_id": "own/2",
        "prompt": "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\n\ndef find_zero(xs):\n",
        "entry_point": "find_zero",
        "canonical_solution": "    return -xs[0] / xs[1]\n",
        "base_input": [[[1, 2]]],
        "plus_input": [[[-3, 4]]],
        "atol": 1e-4,
    },
]
