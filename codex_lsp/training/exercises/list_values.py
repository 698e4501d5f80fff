"""Numbers, lists, dictionaries and nested ones as arguments."""

from collections.abc import Callable
from random import Random

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.vocabulary import NAMES, WORDS, cased, size


def _ints(random: Random) -> list[int]:
    low, high = random.choice([(-10, 10), (0, 20), (-50, 100), (1, 9), (0, 5)])
    return [random.randint(low, high) for _ in range(size(random))]


def _nats(random: Random) -> list[int]:
    high = random.choice([5, 12, 30, 100])
    return [random.randint(0, high) for _ in range(size(random))]


def _few(random: Random) -> list[int]:
    return [random.randint(0, 4) for _ in range(size(random))]


def _floats(random: Random) -> list[float]:
    return [round(random.uniform(-5, 20), random.choice([1, 2])) for _ in range(size(random, 6))]


def _words(random: Random) -> list[str]:
    return [random.choice(WORDS) for _ in range(size(random, 6))]


def _strings(random: Random) -> list[str]:
    return [cased(random, random.choice(WORDS)) for _ in range(size(random, 6))]


def _matrix(random: Random) -> list[list[int]]:
    height, width = random.randint(1, 4), random.randint(1, 4)
    return [[random.randint(-9, 20) for _ in range(width)] for _ in range(height)]


def _square(random: Random) -> list[list[int]]:
    side = random.randint(1, 4)
    return [[random.randint(0, 9) for _ in range(side)] for _ in range(side)]


def _symmetric(random: Random) -> list[list[int]]:
    matrix = _square(random)
    if chance(random, 0.5):
        matrix = [[matrix[max(i, j)][min(i, j)] for j in range(len(matrix))] for i in range(len(matrix))]
    return matrix


def _nested(random: Random) -> list[list[int]]:
    return [[random.randint(-5, 20) for _ in range(random.randint(0, 4))] for _ in range(random.randint(0, 5))]


def _deep(random: Random, depth: int = 0) -> list[object]:
    deeper = chance(random, 0.4 / (depth + 1))
    size = random.randint(0, 4)
    inner: list[object] = [random.randint(0, 9) for _ in range(size)]
    for at in range(size):
        if deeper and chance(random, 0.5):
            inner[at] = _deep(random, depth + 1)
    return inner


def _scores(random: Random) -> dict[str, int]:
    return {name: random.randint(0, 100) for name in random.sample(NAMES, random.randint(0, 5))}


def _stock(random: Random) -> dict[str, int]:
    return {random.choice(WORDS[:30]): random.randint(-3, 9) for _ in range(random.randint(0, 5))}


def _name_pairs(random: Random) -> list[tuple[str, int]]:
    return [(random.choice(NAMES), random.randint(0, 30)) for _ in range(size(random, 6))]


def _int_pairs(random: Random) -> list[tuple[int, int]]:
    return [(random.randint(-5, 9), random.randint(-5, 20)) for _ in range(size(random, 6))]


def _items(random: Random) -> list[object]:
    pool: list[object] = [1, 2.5, "a", "hello", None, True, 0, -3, "", 7, "x1", [1], False]
    return [random.choice(pool) for _ in range(size(random, 6))]


LISTS: dict[str, Callable[[Random], object]] = {
    "ints": _ints,
    "sorted": lambda random: sorted(_ints(random)),
    "nats": _nats,
    "few": _few,
    "floats": _floats,
    "words": _words,
    "strings": _strings,
    "matrix": _matrix,
    "square": _square,
    "nested": _nested,
    "deep": _deep,
    "scores": _scores,
    "stock": _stock,
    "name_pairs": _name_pairs,
    "int_pairs": _int_pairs,
    "bool": lambda random: chance(random, 0.5),
    "bools": lambda random: [chance(random, 0.6) for _ in range(size(random, 5))],
    "float": lambda random: round(random.uniform(-20, 50), random.choice([1, 2, 3])),
    "items": _items,
    "falling": lambda random: sorted(set(_ints(random)), reverse=True),
    "signed": lambda random: [random.randint(-9, 9) for _ in range(size(random))],
    "short": lambda random: [random.randint(-5, 12) for _ in range(random.randint(0, 4))],
    "sortedsmall": lambda random: sorted(random.randint(0, 12) for _ in range(size(random))),
    "tens": lambda random: [random.randint(0, 12) for _ in range(size(random))],
    "positive": lambda random: [random.randint(1, 40) for _ in range(size(random))],
    "halves": lambda random: [random.randint(-8, 30) / 2 for _ in range(size(random))],
    "digitlist": lambda random: [random.randint(1, 9) for _ in range(random.randint(1, 5))],
    "halfnumber": lambda random: random.randint(1, 60) / 2,
    "quarternumber": lambda random: random.randint(1, 80) / 4,
    "price": lambda random: random.randint(20, 300) / 2,
    "point": lambda random: (random.randint(-5, 9), random.randint(-5, 9)),
    "fewwords": lambda random: [random.choice(WORDS[:4]) for _ in range(size(random, 6))],
    "threewords": lambda random: [random.choice(WORDS) for _ in range(random.randint(0, 4))],
    "keylist": lambda random: [random.choice("abcdef") for _ in range(random.randint(0, 4))],
    "smalldict": lambda random: {key: random.randint(0, 9) for key in random.sample("abcd", random.randint(0, 4))},
    "repeated_pairs": lambda random: [(random.choice(NAMES[:3]), random.randint(0, 9)) for _ in range(size(random, 5))],
    "fewer": lambda random: [random.randint(0, 4) for _ in range(random.randint(0, 3))],
    "tiny": lambda random: [random.randint(0, 2) for _ in range(random.randint(0, 3))],
    "constant": lambda random: [random.randint(0, 5)] * random.randint(1, 4),
    "symmetric": _symmetric,
    "two_by_two": lambda random: [[random.randint(-5, 9) for _ in range(2)] for _ in range(2)],
    "codes": lambda random: [random.randint(97, 122) for _ in range(size(random, 5))],
    "commands": lambda random: [random.choice(["up", "up", "down", "double"]) for _ in range(size(random))],
    "threesorted": lambda random: sorted(random.sample(range(9), random.randint(0, 3))),
    "smallpositive": lambda random: [random.randint(1, 9) for _ in range(random.randint(0, 4))],
    "multiples": lambda random: [random.randint(1, 9) * base for base in [random.randint(1, 6)] for _ in range(3)],
}
