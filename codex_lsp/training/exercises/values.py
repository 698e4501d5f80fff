"""Arguments for exercises: small, ordinary, with the edges that people forget."""

from collections.abc import Callable
from random import Random
from string import ascii_lowercase, punctuation

WORDS = (
    "apple river stone cat tree level window garden paper radar blue green silver cloud house eye school teacher music "
    "banana bottle letter summer winter coffee kayak engine number python code mirror noon book little yellow dog sky "
    "rain moon queen orange island puzzle balloon a to on up the and her with open away small quick happy civic refer"
).split()
_NAMES = ("ann", "bob", "carla", "dan", "eve", "finn", "gus", "hana", "ivan", "june", "kim", "leo", "mia", "ned")
_BRACKETS = "()[]{}"
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def draw(kind: str, random: Random) -> object:
    """A value of a kind: a name below, `a..b` for an integer, or several kinds separated by blanks, one of them drawn.

    A name that ends in `+` gives no empty value.

    Raises:
        KeyError: No such kind.
    """
    kind = random.choice(kind.split())
    if ".." in kind:
        low, high = kind.split("..")
        return random.randint(int(low), int(high))
    if not kind.endswith("+"):
        return KINDS[kind](random)
    while not (value := KINDS[kind[:-1]](random)):
        pass
    return value


def _size(random: Random, most: int = 8) -> int:
    return random.choice([0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, most])


def _ints(random: Random) -> list[int]:
    low, high = random.choice([(-10, 10), (0, 20), (-50, 100), (1, 9), (0, 5)])
    return [random.randint(low, high) for _ in range(_size(random))]


def _nats(random: Random) -> list[int]:
    high = random.choice([5, 12, 30, 100])
    return [random.randint(0, high) for _ in range(_size(random))]


def _few(random: Random) -> list[int]:
    return [random.randint(0, 4) for _ in range(_size(random))]


def _floats(random: Random) -> list[float]:
    return [round(random.uniform(-5, 20), random.choice([1, 2])) for _ in range(_size(random, 6))]


def _words(random: Random) -> list[str]:
    return [random.choice(WORDS) for _ in range(_size(random, 6))]


def _strings(random: Random) -> list[str]:
    return [_cased(random, random.choice(WORDS)) for _ in range(_size(random, 6))]


def _cased(random: Random, word: str) -> str:
    return random.choice([str.lower, str.lower, str.title, str.upper, str.swapcase])(word)


def _sentence(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(1, 7)))


def _text(random: Random) -> str:
    form = random.randrange(6)
    if form == 0:
        return random.choice(["", "a", "Z", "  ", "Hello", "Python is fun", "aaa", "The End."])
    words = [_cased(random, random.choice(WORDS)) for _ in range(random.randint(1, 5))]
    if form == 1:
        words = [word + random.choice(["", ",", "!", "?", "1", "42"]) for word in words]
    return " ".join(words) + random.choice(["", "", ".", "!"])


def _mixed(random: Random) -> str:
    letters = random.choice([ascii_lowercase[:6] + "ABC" + "0123", ascii_lowercase + "AEIOU" + "0123456789 .,!?-"])
    return "".join(random.choice(letters) for _ in range(random.randint(0, 12)))


def _letters(random: Random) -> str:
    return "".join(random.choice("aabbcd") for _ in range(_size(random)))


def _palindromes(random: Random) -> str:
    half = "".join(random.choice("abcde") for _ in range(random.randint(0, 4)))
    return half + random.choice(["", "x", "ab"]) + half[::-1]


def _brackets(random: Random) -> str:
    kinds = random.choice(["()", _BRACKETS])
    if random.random() < 0.5:  # noqa: PLR2004 - one of two
        return "".join(random.choice(kinds) for _ in range(random.randint(0, 8)))
    text = ""
    for _ in range(random.randint(0, 4)):
        pair = random.choice([kinds[at : at + 2] for at in range(0, len(kinds), 2)])
        text = random.choice([pair + text, text + pair, pair[0] + text + pair[1]])
    return text


def _matrix(random: Random) -> list[list[int]]:
    height, width = random.randint(1, 4), random.randint(1, 4)
    return [[random.randint(-9, 20) for _ in range(width)] for _ in range(height)]


def _square(random: Random) -> list[list[int]]:
    side = random.randint(1, 4)
    return [[random.randint(0, 9) for _ in range(side)] for _ in range(side)]


def _few_more(random: Random) -> int:
    return random.randint(1, 4)


def _symmetric(random: Random) -> list[list[int]]:
    matrix = _square(random)
    if random.random() < 0.5:  # noqa: PLR2004 - one of two
        matrix = [[matrix[max(i, j)][min(i, j)] for j in range(len(matrix))] for i in range(len(matrix))]
    return matrix


def _nested(random: Random) -> list[list[int]]:
    return [[random.randint(-5, 20) for _ in range(random.randint(0, 4))] for _ in range(random.randint(0, 5))]


def _deep(random: Random, depth: int = 0) -> list[object]:
    deeper = random.random() < 0.4 / (depth + 1)  # noqa: PLR2004 - a share
    size = random.randint(0, 4)
    inner: list[object] = [random.randint(0, 9) for _ in range(size)]
    for at in range(size):
        if deeper and random.random() < 0.5:  # noqa: PLR2004 - one of two
            inner[at] = _deep(random, depth + 1)
    return inner


def _scores(random: Random) -> dict[str, int]:
    return {name: random.randint(0, 100) for name in random.sample(_NAMES, random.randint(0, 5))}


def _stock(random: Random) -> dict[str, int]:
    return {random.choice(WORDS[:30]): random.randint(-3, 9) for _ in range(random.randint(0, 5))}


def _name_pairs(random: Random) -> list[tuple[str, int]]:
    return [(random.choice(_NAMES), random.randint(0, 30)) for _ in range(_size(random, 6))]


def _int_pairs(random: Random) -> list[tuple[int, int]]:
    return [(random.randint(-5, 9), random.randint(-5, 20)) for _ in range(_size(random, 6))]


def _date(random: Random) -> str:
    year, month, day = random.randint(1950, 2030), random.randint(1, 12), random.randint(1, 28)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _bad_date(random: Random) -> str:
    year, month, day = random.randint(1950, 2030), random.randint(0, 14), random.randint(0, 33)
    return random.choice([f"{year:04d}-{month:02d}-{day:02d}", f"{day}/{month}/{year}", "", "today", "2020-1-1"])


def _email(random: Random) -> str:
    name, host = random.choice(_NAMES), random.choice(["mail.com", "example.org", "site", "", "a.b.net"])
    return name + random.choice(["@", "@", "@", "", "@@"]) + host


def _address(random: Random) -> str:
    parts = [str(random.choice([0, 1, 8, 10, 127, 192, 255, 256, 300])) for _ in range(random.choice([4, 4, 4, 3, 5]))]
    return random.choice(["", "", "", "x"]) + ".".join(parts)


def _password(random: Random) -> str:
    return "".join(random.choice(ascii_lowercase + "ABCDE12345!#") for _ in range(random.randint(3, 14)))


def _roman(random: Random) -> str:
    number, text = random.randint(1, 39), ""
    for value, sign in _ROMAN:
        text += sign * (number // value)
        number %= value
    return text


def _fields(random: Random) -> str:
    return ";".join(f"{random.choice(_NAMES)}={random.randint(0, 50)}" for _ in range(random.randint(1, 4)))


def _items(random: Random) -> list[object]:
    pool: list[object] = [1, 2.5, "a", "hello", None, True, 0, -3, "", 7, "x1", [1], False]
    return [random.choice(pool) for _ in range(_size(random, 6))]


def _equation(random: Random) -> str:
    return f"{random.randint(0, 30)} {random.choice('+-*')} {random.randint(0, 30)}"


KINDS: dict[str, Callable[[Random], object]] = {
    "ints": _ints,
    "sorted": lambda random: sorted(_ints(random)),
    "nats": _nats,
    "few": _few,
    "floats": _floats,
    "words": _words,
    "strings": _strings,
    "word": lambda random: random.choice(WORDS),
    "cased": lambda random: _cased(random, random.choice(WORDS)),
    "sentence": _sentence,
    "text": _text,
    "mixed": _mixed,
    "letters": _letters,
    "palindromes": _palindromes,
    "digits": lambda random: "".join(random.choice("0123456789") for _ in range(random.randint(0, 7))),
    "binary": lambda random: "".join(random.choice("01") for _ in range(random.randint(0, 8))),
    "punctuated": lambda random: "".join(random.choice(ascii_lowercase + punctuation[:14]) for _ in range(9)),
    "brackets": _brackets,
    "char": lambda random: random.choice(ascii_lowercase[:8]),
    "matrix": _matrix,
    "square": _square,
    "nested": _nested,
    "deep": _deep,
    "scores": _scores,
    "stock": _stock,
    "name_pairs": _name_pairs,
    "int_pairs": _int_pairs,
    "bool": lambda random: random.random() < 0.5,  # noqa: PLR2004 - one of two
    "bools": lambda random: [random.random() < 0.6 for _ in range(_size(random, 5))],  # noqa: PLR2004 - a share
    "float": lambda random: round(random.uniform(-20, 50), random.choice([1, 2, 3])),
    "date": _date,
    "bad_date": _bad_date,
    "time": lambda random: f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}",
    "commas": lambda random: ",".join(str(random.randint(-9, 60)) for _ in range(random.randint(1, 6))),
    "fields": _fields,
    "email": _email,
    "address": _address,
    "password": _password,
    "roman": _roman,
    "items": _items,
    "equation": _equation,
    "falling": lambda random: sorted(set(_ints(random)), reverse=True),
    "signed": lambda random: [random.randint(-9, 9) for _ in range(_size(random))],
    "short": lambda random: [random.randint(-5, 12) for _ in range(random.randint(0, 4))],
    "sortedsmall": lambda random: sorted(random.randint(0, 12) for _ in range(_size(random))),
    "tens": lambda random: [random.randint(0, 12) for _ in range(_size(random))],
    "positive": lambda random: [random.randint(1, 40) for _ in range(_size(random))],
    "halves": lambda random: [random.randint(-8, 30) / 2 for _ in range(_size(random))],
    "digitlist": lambda random: [random.randint(1, 9) for _ in range(random.randint(1, 5))],
    "halfnumber": lambda random: random.randint(1, 60) / 2,
    "quarternumber": lambda random: random.randint(1, 80) / 4,
    "price": lambda random: random.randint(20, 300) / 2,
    "point": lambda random: (random.randint(-5, 9), random.randint(-5, 9)),
    "fewwords": lambda random: [random.choice(WORDS[:4]) for _ in range(_size(random, 6))],
    "fewsentence": lambda random: " ".join(random.choice(WORDS[:4]) for _ in range(random.randint(1, 7))),
    "threewords": lambda random: [random.choice(WORDS) for _ in range(random.randint(0, 4))],
    "keylist": lambda random: [random.choice("abcdef") for _ in range(random.randint(0, 4))],
    "smalldict": lambda random: {key: random.randint(0, 9) for key in random.sample("abcd", random.randint(0, 4))},
    "repeated_pairs": lambda random: [
        (random.choice(_NAMES[:3]), random.randint(0, 9)) for _ in range(_size(random, 5))
    ],
    "fewer": lambda random: [random.randint(0, 4) for _ in range(random.randint(0, 3))],
    "tiny": lambda random: [random.randint(0, 2) for _ in range(random.randint(0, 3))],
    "constant": lambda random: [random.randint(0, 5)] * random.randint(1, 4),
    "symmetric": _symmetric,
    "two_by_two": lambda random: [[random.randint(-5, 9) for _ in range(2)] for _ in range(2)],
    "weekday": lambda random: random.choice(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    "rps": lambda random: random.choice(["rock", "paper", "scissors"]),
    "run_pairs": lambda random: [(random.choice("abcxy"), random.randint(0, 4)) for _ in range(_size(random, 5))],
    "letterdigits": lambda random: "".join(random.choice("abcx") + str(random.randint(1, 5)) for _ in range(3)),
    "codes": lambda random: [random.randint(97, 122) for _ in range(_size(random, 5))],
    "camel": lambda random: (
        random.choice(WORDS) + "".join(random.choice(WORDS).title() for _ in range(_few_more(random)))
    ),
    "snake": lambda random: "_".join([random.choice(WORDS), *(random.choice(WORDS) for _ in range(_few_more(random)))]),
    "dna": lambda random: "".join(random.choice("ACGT") for _ in range(_size(random))),
    "fourbits": lambda random: "".join(random.choice("01") for _ in range(4)),
    "nouns": lambda random: random.choice(
        "cat box city bus church dog lady match fox baby class tree day glass fly".split()
    ),
    "shortword2": lambda random: random.choice(["a", "the", "cat", "dog"]),
    "numberwords": lambda random: " ".join(random.choice(["7", "12", "cat", "x1", "305", "up", "0"]) for _ in range(4)),
    "commands": lambda random: [random.choice(["up", "up", "down", "double"]) for _ in range(_size(random))],
    "moves": lambda random: "".join(random.choice("UDLR") for _ in range(_size(random))),
    "pairmoves": lambda random: "".join(random.choice(["UD", "LR", "RL", "DU"]) for _ in range(random.randint(0, 3))),
    "roundbrackets": lambda random: "".join(
        random.choice(["(", ")", "()", "(())", "a"]) for _ in range(_few_more(random))
    ),
    "closedbrackets": lambda random: "".join(
        random.choice(["()", "(())", "((()))", "(()())"]) for _ in range(_few_more(random))
    ),
    "openbrackets": lambda random: "".join(random.choice(["()", "(", "(()", "(())"]) for _ in range(_few_more(random))),
    "bracketed": lambda random: f"{random.choice(WORDS)} ({random.choice(WORDS)}) {random.choice(WORDS)}",
    "goodemail": lambda random: f"{random.choice(_NAMES)}@{random.choice(['mail.com', 'example.org', 'a.b.net'])}",
    "spelled": lambda random: " ".join(
        random.choice(["zero", "one", "two", "three", "four", "five"]) for _ in range(3)
    ),
    "filename": lambda random: random.choice(WORDS) + random.choice([".txt", ".py", "", ".tar.gz", ".JPG", "."]),
    "path": lambda random: (
        random.choice(["", "/"]) + "/".join(random.choice(WORDS) for _ in range(3)) + random.choice(["", "/"])
    ),
    "version": lambda random: ".".join(str(random.choice([0, 1, 2, 10, 11])) for _ in range(3)),
    "lines": lambda random: "\n".join(
        random.choice(["", " ", "one", "two words", "# x"]) for _ in range(random.randint(1, 5))
    ),
    "tabletext": lambda random: ";".join(
        f"{random.randint(0, 20)},{random.randint(-9, 9)}" for _ in range(_few_more(random))
    ),
    "hexdigits": lambda random: f"{random.randint(0, 5000):x}",
    "color": lambda random: f"#{random.randint(0, 0xFFFFFF):06x}",
    "threesorted": lambda random: sorted(random.sample(range(9), random.randint(0, 3))),
    "threeletters": lambda random: "".join(random.choice("abc") for _ in range(random.randint(0, 3))),
    "smallpositive": lambda random: [random.randint(1, 9) for _ in range(random.randint(0, 4))],
    "multiples": lambda random: [random.randint(1, 9) * base for base in [random.randint(1, 6)] for _ in range(3)],
    "few2": lambda random: "".join(random.choice("ab") for _ in range(random.randint(1, 2))),
    "few3": lambda random: "".join(random.choice("abc") for _ in range(random.randint(1, 4))),
    "sepchar": lambda random: random.choice(["-", ", ", " ", "", "_", "--", "+"]),
    "shortword": lambda random: random.choice(["a", "The", "cat", "UP"]),
    "shorttext": lambda random: " ".join(random.choice(["a", "the", "cat", "up", "dog"]) for _ in range(3)),
}
