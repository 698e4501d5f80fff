"""Packages to be traced: wheels fetched as for the corpus, and the standard library with its own test suite.

Only what brings its tests, or examples in its docstrings, gives anything. A source distribution would bring more tests,
but the ordinary client runs its build to fetch it, outside any sandbox; so wheels alone are taken.
"""

import platform
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from codex_lsp.errors import TrainingError
from codex_lsp.training.archives import members
from codex_lsp.training.fetching import Fetcher
from codex_lsp.training.packages import ListedPackage, read_list
from codex_lsp.training.sources import STANDARD_LIBRARY, archived
from codex_lsp.training.tracing import TracedPackage

TRACED_LIST = Path(__file__).with_name("traced_packages.toml")
ALL = "all"
_STANDARD_TESTS = (
    *("base64", "bisect", "calendar", "colorsys", "copy", "csv", "difflib", "fnmatch", "fractions", "functools"),
    *("genericpath", "getopt", "gettext", "glob", "heapq", "html", "htmlparser", "imghdr", "ipaddress", "json"),
    *("keyword", "linecache", "locale", "mailcap", "mimetypes", "netrc", "ntpath", "numeric_tower", "opcode"),
    *("operator", "optparse", "posixpath", "pprint", "quopri", "re", "reprlib", "shlex", "sndhdr", "stat"),
    *("statistics", "string", "strptime", "textwrap", "tokenize", "urllib", "urlparse", "uu", "wsgiref", "xdrlib"),
    *("binascii", "configparser", "plistlib", "http_cookies", "http_cookiejar", "zipapp", "tabnanny", "symtable"),
)
_OTHERS = ("site-packages", "idlelib/", "lib2to3/", "turtledemo/", "test/", "_pydecimal", "_pydatetime", "_strptime")


def traceable(names: Sequence[str]) -> tuple[list[ListedPackage], bool]:
    """The listed packages that `names` mean, and whether the standard library is among them.

    Raises:
        TrainingError: A name is not on the list.
    """
    listed = {package.name: package for package in read_list(TRACED_LIST)}
    if ALL in names:
        return list(listed.values()), True
    unknown = [name for name in names if name not in listed and name != STANDARD_LIBRARY]
    if unknown:
        raise TrainingError(
            f"{unknown[0]}: not known to bring tests; name some of {', '.join([STANDARD_LIBRARY, *listed])}"
        )
    return [listed[name] for name in names if name != STANDARD_LIBRARY], STANDARD_LIBRARY in names


def standard_library() -> TracedPackage | None:
    """The standard library and those of its tests that are about Python's own functions; None where it brings none."""
    root = Path(sysconfig.get_path("stdlib"))
    tests = [root / "test" / f"test_{name}.py" for name in _STANDARD_TESTS]
    there = tuple(test for test in tests if test.is_file())
    if not there:
        return None
    return TracedPackage(
        name=STANDARD_LIBRARY,
        version=platform.python_version(),
        root=root,
        tests=there,
        left_out=_OTHERS,
        doctests=False,
    )


def unpacked(listed: ListedPackage, fetcher: Fetcher, into: Path) -> TracedPackage:
    """A listed package, fetched and laid out on disk; nothing of it has been run.

    Raises:
        TrainingError: It cannot be fetched or read, or its licence is refused.
    """
    archive = fetcher.fetch(listed)
    verdict = archived(listed, archive).verdict
    if verdict.refusal is not None:
        raise TrainingError(f"{listed.name}: {verdict.refusal}")
    root = into / f"{listed.name}-{listed.version}"
    tops = sorted(name for name in _laid_out(archive, root) if not name.endswith((".dist-info", ".data")))
    tests = tuple(root / name for name in listed.only or tops)
    return TracedPackage(name=listed.name, version=listed.version, root=root, tests=tests)


def _laid_out(archive: Path, root: Path) -> Iterable[str]:
    """Write the files of an archive, readable to everybody; gives what stands at its top."""
    tops: dict[str, None] = {}
    for member in members(archive):
        path = root / member.path
        if member.data is None or not path.resolve().is_relative_to(root.resolve()):
            continue
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(member.data)
        tops[member.path.partition("/")[0]] = None
    return [top for top in tops if (root / top).is_dir() or top.endswith(".py")]
