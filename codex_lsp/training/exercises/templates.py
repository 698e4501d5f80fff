"""The two things that text and code of a family leave open: `<one|other>` and `$name`.

`<one|other>` is one of its alternatives, drawn; it may be nested, and an alternative may be empty. `$name` is a value
of the draw, a part of one (`$test.code`), or else a role: a variable whose name is drawn from what people call it.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, cast

_CHOICE = re.compile(r"<([^<>|\n]*(?:\|[^<>|\n]*)+)>")
_HOLE = re.compile(r"\$([a-z_]+[0-9]?)(?:\.([a-z_]+))?")
_WRITTEN = re.compile(r"(?<![$\w])[a-z_]\w*")
Values = Mapping[str, "str | Mapping[str, str]"]


def choose(text: str, random: Random) -> str:
    """Draw every `<one|other>` of `text`, the innermost first."""
    while match := _CHOICE.search(text):
        drawn = random.choice(match.group(1).split("|"))
        text = text[: match.start()] + drawn + text[match.end() :]
    return text


class Names:
    """What the variables of one draw are called: each role keeps its name, and no two have the same."""

    def __init__(self, random: Random, taken: set[str] | None = None) -> None:
        """Draw from `random`, and avoid the names in `taken`."""
        self._random = random
        self._names: dict[str, str] = {}
        self._taken = set(taken or ())

    def __getitem__(self, role: str) -> str:
        """The name of a role; a role that no table knows is called as it is."""
        if role not in self._names:
            free = [name for name in _roles().get(role, (role,)) if name not in self._taken]
            self._names[role] = self._random.choice(free) if free else self._unused(role)
            self._taken.add(self._names[role])
        return self._names[role]

    def _unused(self, role: str) -> str:
        return next(f"{role}{number}" for number in range(1, 100) if f"{role}{number}" not in self._taken)


def written_names(texts: Iterable[str]) -> set[str]:
    """The words of some code that are no `$name`: no variable may be called like them."""
    return {word for text in texts for word in _WRITTEN.findall(text)}


def fill(text: str, values: Values, names: Names) -> str:
    """Put values and names in the place of every `$name`; a value may hold `$name` itself."""

    def put(match: re.Match[str]) -> str:
        key, part = match.group(1), match.group(2)
        value = values.get(key)
        if isinstance(value, Mapping) and part in value:
            return fill(value[part], values, names)
        after = f".{part}" if part else ""
        return (fill(value, values, names) if isinstance(value, str) else names[key]) + after

    return _HOLE.sub(put, text)


def table(name: str) -> dict[str, Any]:
    """One of the TOML files beside this module."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


@cache
def _roles() -> dict[str, tuple[str, ...]]:
    return {role: tuple(cast("str", names).split()) for role, names in table("names.toml").items()}
