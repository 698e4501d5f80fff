"""Arguments for exercises: small, ordinary, with the edges that people forget."""

from random import Random

from codex_lsp.training.exercises.format_values import FORMATS
from codex_lsp.training.exercises.list_values import LISTS
from codex_lsp.training.exercises.text_values import TEXTS

KINDS = TEXTS | LISTS | FORMATS


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
