"""Words and sizes that arguments are made of."""

from random import Random

from codex_lsp.training.exercises.templates import table

_VOCABULARY: dict[str, str] = table("vocabulary.toml")
WORDS = tuple(_VOCABULARY["words"].split())
NAMES = tuple(_VOCABULARY["names"].split())
NOUNS = tuple(_VOCABULARY["nouns"].split())


def size(random: Random, most: int = 8) -> int:
    """How many elements a list has: none too, most often a few."""
    return random.choice([0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, most])


def few_more(random: Random) -> int:
    """From one to four."""
    return random.randint(1, 4)


def cased(random: Random, word: str) -> str:
    """A word as people write it: most often in lower case."""
    return random.choice([str.lower, str.lower, str.title, str.upper, str.swapcase])(word)
