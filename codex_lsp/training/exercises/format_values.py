"""Texts of small formats as arguments: dates, addresses, brackets, and some that are not quite right."""

from collections.abc import Callable
from random import Random
from string import ascii_lowercase, punctuation

from codex_lsp.training.exercises.chance import chance
from codex_lsp.training.exercises.vocabulary import NAMES, WORDS, few_more, size

_BRACKETS = "()[]{}"
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def _brackets(random: Random) -> str:
    kinds = random.choice(["()", _BRACKETS])
    if chance(random, 0.5):
        return "".join(random.choice(kinds) for _ in range(random.randint(0, 8)))
    text = ""
    for _ in range(random.randint(0, 4)):
        pair = random.choice([kinds[at : at + 2] for at in range(0, len(kinds), 2)])
        text = random.choice([pair + text, text + pair, pair[0] + text + pair[1]])
    return text


def _date(random: Random) -> str:
    year, month, day = random.randint(1950, 2030), random.randint(1, 12), random.randint(1, 28)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _bad_date(random: Random) -> str:
    year, month, day = random.randint(1950, 2030), random.randint(0, 14), random.randint(0, 33)
    return random.choice([f"{year:04d}-{month:02d}-{day:02d}", f"{day}/{month}/{year}", "", "today", "2020-1-1"])


def _email(random: Random) -> str:
    name, host = random.choice(NAMES), random.choice(["mail.com", "example.org", "site", "", "a.b.net"])
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
    return ";".join(f"{random.choice(NAMES)}={random.randint(0, 50)}" for _ in range(random.randint(1, 4)))


def _equation(random: Random) -> str:
    return f"{random.randint(0, 30)} {random.choice('+-*')} {random.randint(0, 30)}"


FORMATS: dict[str, Callable[[Random], object]] = {
    "digits": lambda random: "".join(random.choice("0123456789") for _ in range(random.randint(0, 7))),
    "binary": lambda random: "".join(random.choice("01") for _ in range(random.randint(0, 8))),
    "punctuated": lambda random: "".join(random.choice(ascii_lowercase + punctuation[:14]) for _ in range(9)),
    "brackets": _brackets,
    "date": _date,
    "bad_date": _bad_date,
    "time": lambda random: f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}",
    "commas": lambda random: ",".join(str(random.randint(-9, 60)) for _ in range(random.randint(1, 6))),
    "fields": _fields,
    "email": _email,
    "address": _address,
    "password": _password,
    "roman": _roman,
    "equation": _equation,
    "weekday": lambda random: random.choice(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    "rps": lambda random: random.choice(["rock", "paper", "scissors"]),
    "run_pairs": lambda random: [(random.choice("abcxy"), random.randint(0, 4)) for _ in range(size(random, 5))],
    "letterdigits": lambda random: "".join(random.choice("abcx") + str(random.randint(1, 5)) for _ in range(3)),
    "camel": lambda random: (
        random.choice(WORDS) + "".join(random.choice(WORDS).title() for _ in range(few_more(random)))
    ),
    "snake": lambda random: "_".join([random.choice(WORDS), *(random.choice(WORDS) for _ in range(few_more(random)))]),
    "dna": lambda random: "".join(random.choice("ACGT") for _ in range(size(random))),
    "fourbits": lambda random: "".join(random.choice("01") for _ in range(4)),
    "numberwords": lambda random: " ".join(random.choice(["7", "12", "cat", "x1", "305", "up", "0"]) for _ in range(4)),
    "moves": lambda random: "".join(random.choice("UDLR") for _ in range(size(random))),
    "pairmoves": lambda random: "".join(random.choice(["UD", "LR", "RL", "DU"]) for _ in range(random.randint(0, 3))),
    "roundbrackets": lambda random: "".join(
        random.choice(["(", ")", "()", "(())", "a"]) for _ in range(few_more(random))
    ),
    "closedbrackets": lambda random: "".join(
        random.choice(["()", "(())", "((()))", "(()())"]) for _ in range(few_more(random))
    ),
    "openbrackets": lambda random: "".join(random.choice(["()", "(", "(()", "(())"]) for _ in range(few_more(random))),
    "bracketed": lambda random: f"{random.choice(WORDS)} ({random.choice(WORDS)}) {random.choice(WORDS)}",
    "goodemail": lambda random: f"{random.choice(NAMES)}@{random.choice(['mail.com', 'example.org', 'a.b.net'])}",
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
        f"{random.randint(0, 20)},{random.randint(-9, 9)}" for _ in range(few_more(random))
    ),
    "hexdigits": lambda random: f"{random.randint(0, 5000):x}",
    "color": lambda random: f"#{random.randint(0, 0xFFFFFF):06x}",
}
