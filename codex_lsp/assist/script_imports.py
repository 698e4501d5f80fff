r"""Names that a file of JavaScript or TypeScript binds by importing, and lines that bring it others.

>>> bound_names('import a, { b as c } from "m";\nconst { d: e } = require("n");')
{'a': 'm', 'c': 'm', 'e': 'n'}
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from codex_lsp.errors import AssistRefused

_QUOTED = r"[\"'](?P<from>[^\"'\n]+)[\"']"
_IMPORT = re.compile(rf"^[ \t]*import\s+(?:type\s+)?(?P<what>[^;\"'()]+?)\s+from\s+{_QUOTED}", re.MULTILINE)
_REQUIRE = re.compile(
    rf"^[ \t]*(?:const|let|var)\s+(?P<what>[\w$]+|\{{[^}}]*\}})\s*=\s*(?:await\s+import|require)\(\s*{_QUOTED}\s*\)",
    re.MULTILINE,
)
_BINDING = re.compile(r"(?:[\w$]+|\*)\s*(?:\bas\b|:)\s*(?P<new>[\w$]+)|(?P<same>[\w$]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Names that tests need of one module.

    Attributes:
        place: The module, as the file would name it.
        names: Of what it exports; one alone, where `whole`, is the module's default or all of it.
        whole: The name means the module itself.
    """

    place: str
    names: tuple[str, ...]
    whole: bool = False


def bound_names(text: str) -> dict[str, str]:
    """Each name that is imported, and where from."""
    found: dict[str, str] = {}
    for pattern in (_IMPORT, _REQUIRE):
        for match in pattern.finditer(text):
            for name in _BINDING.finditer(match["what"]):
                found[name["new"] or name["same"]] = match["from"]
    return found


def import_line(wanted: Wanted, text: str, *, modern: bool) -> str:
    """The line that is missing in a text; empty where it has all of them, from that module by whatever way.

    Raises:
        AssistRefused: A name means something else there.
    """
    bound = bound_names(text)
    missing: list[str] = []
    for name in wanted.names:
        if name not in bound:
            missing.append(name)
        elif _stem(bound[name]) != _stem(wanted.place):
            raise AssistRefused(f"`{name}` means something else in the file of tests; give it another name there")
    if not missing:
        return ""
    names = missing[0] if wanted.whole else f"{{ {', '.join(missing)} }}"
    return f'import {names} from "{wanted.place}";' if modern else f'const {names} = require("{wanted.place}");'


def _stem(place: str) -> str:
    """What two ways to name one module have in common: `node:assert/strict` is `assert`."""
    if place.removeprefix("node:").startswith("assert"):
        return "assert"
    name = PurePosixPath(place).name
    return re.sub(r"\.[cm]?[jt]sx?$", "", name)
