"""The licences of a Debian package: its `copyright` file, in the machine-readable form (DEP-5).

A copyright file describes the source tree, and the package installs files of it under other paths. So a file that only
*may* fall under a stanza which is not permissive counts as falling under it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from codex_lsp.training.licences import LicenceVerdict, judge_expression

_PACKAGING = "debian/"
_EVERYTHING = frozenset({"*", "./*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Copyright:
    """What a copyright file says: of the package as a whole, and which patterns of files are under other licences."""

    verdict: LicenceVerdict
    refused_patterns: tuple[str, ...]

    def refuses(self, path: str) -> bool:
        """Whether the file at `path` may be under a licence that is not on the allow-list."""
        return any(_may_match(PurePosixPath(path), pattern) for pattern in self.refused_patterns)


def read_copyright(text: str) -> Copyright:
    """Judge the stanza of all files; of the others, those that fail become patterns, the packaging's own aside."""
    verdict = LicenceVerdict(licence="", refusal="names no licence that can be read")
    refused: list[str] = []
    for patterns, licence in _stanzas(text):
        judged = judge_expression(licence)
        if _EVERYTHING & set(patterns):
            verdict = judged
        elif judged.refusal is not None:
            refused += [pattern for pattern in patterns if not pattern.startswith(_PACKAGING)]
    return Copyright(verdict=verdict, refused_patterns=tuple(refused))


def _stanzas(text: str) -> Iterator[tuple[list[str], str]]:
    """The patterns and the short licence name of every `Files` stanza."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1] in {" ", "\t"}:
                fields[name] = fields.get(name, "") + "\n" + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        licence = fields.get("license", "").split("\n")[0].strip()
        if "files" in fields and licence:
            yield fields["files"].split(), licence


def _may_match(path: PurePosixPath, pattern: str) -> bool:
    """Whether `path`, below folders that are not known, may be a file of `pattern`."""
    parts = PurePosixPath(pattern).parts
    *folders, last = parts
    if set(last) <= {"*"}:
        return not folders or any(fnmatchcase(folder, folders[-1]) for folder in path.parts[:-1])
    return fnmatchcase(path.name, last)
