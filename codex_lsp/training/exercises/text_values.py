"""Words, sentences and other texts as arguments."""

from collections.abc import Callable
from random import Random
from string import ascii_lowercase

from codex_lsp.training.exercises.vocabulary import NOUNS, WORDS, cased, size


def _sentence(random: Random) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(1, 7)))


def _text(random: Random) -> str:
    form = random.randrange(6)
    if form == 0:
        return random.choice(["", "a", "Z", "  ", "Hello", "Python is fun", "aaa", "The End."])
    words = [cased(random, random.choice(WORDS)) for _ in range(random.randint(1, 5))]
    if form == 1:
        words = [word + random.choice(["", ",", "!", "?", "1", "42"]) for word in words]
    return " ".join(words) + random.choice(["", "", ".", "!"])


def _mixed(random: Random) -> str:
    letters = random.choice([ascii_lowercase[:6] + "ABC" + "0123", ascii_lowercase + "AEIOU" + "0123456789 .,!?-"])
    return "".join(random.choice(letters) for _ in range(random.randint(0, 12)))


def _letters(random: Random) -> str:
    return "".join(random.choice("aabbcd") for _ in range(size(random)))


def _palindromes(random: Random) -> str:
    half = "".join(random.choice("abcde") for _ in range(random.randint(0, 4)))
    return half + random.choice(["", "x", "ab"]) + half[::-1]


TEXTS: dict[str, Callable[[Random], object]] = {
    "word": lambda random: random.choice(WORDS),
    "cased": lambda random: cased(random, random.choice(WORDS)),
    "sentence": _sentence,
    "text": _text,
    "mixed": _mixed,
    "letters": _letters,
    "palindromes": _palindromes,
    "char": lambda random: random.choice(ascii_lowercase[:8]),
    "fewsentence": lambda random: " ".join(random.choice(WORDS[:4]) for _ in range(random.randint(1, 7))),
    "nouns": lambda random: random.choice(NOUNS),
    "shortword2": lambda random: random.choice(["a", "the", "cat", "dog"]),
    "threeletters": lambda random: "".join(random.choice("abc") for _ in range(random.randint(0, 3))),
    "few2": lambda random: "".join(random.choice("ab") for _ in range(random.randint(1, 2))),
    "few3": lambda random: "".join(random.choice("abc") for _ in range(random.randint(1, 4))),
    "sepchar": lambda random: random.choice(["-", ", ", " ", "", "_", "--", "+"]),
    "shortword": lambda random: random.choice(["a", "The", "cat", "UP"]),
    "shorttext": lambda random: " ".join(random.choice(["a", "the", "cat", "up", "dog"]) for _ in range(3)),
}
