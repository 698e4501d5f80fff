"""Which files of a package are source to learn from, in which language, and under which path."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from codex_lsp.context.language import language_of
from codex_lsp.training.filters import MAX_FILE_BYTES, Rejection

LANGUAGES = frozenset(
    {
        "cpp",
        "csharp",
        "go",
        "java",
        "javascript",
        "javascriptreact",
        "perl",
        "php",
        "python",
        "ruby",
        "shellscript",
        "sql",
        "swift",
        "typescript",
        "typescriptreact",
    }
)
MAX_PACKAGE_BYTES = 6_000_000
"""No package gives more than this, so that none decides what the corpus is like; tests are the first to go."""

# A wheel's scripts for browsers are other people's bundles.
_NOT_FROM_WHEELS = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
_VENDORED = frozenset(
    {
        "_vendor",
        "_vendored",
        "_vendored_packages",
        "bower_components",
        "extern",
        "external",
        "externals",
        "node_modules",
        "third-party",
        "third_party",
        "thirdparty",
        "vendor",
        "vendored",
    }
)
_BUILT_FOLDERS = frozenset({"build", "cjs", "dist", "min", "umd"})
_BUILT_FILE = re.compile(r"\.d\.[cm]?ts$|[.-]min\.[cm]?js$|\.(umd|bundle|prod|global)\.[cm]?js$")
_TEST_FOLDERS = frozenset({"__tests__", "spec", "test", "testdata", "tests"})
_TEST_FILE = re.compile(r"^test_|^conftest\.py$|_test\.\w+$|[.-](test|spec)\.\w+$")
_DOCUMENTATION = re.compile(r"usr/share/(doc|lintian|man|pkg-php-tools)/")
_INSTALLED_AT = re.compile(
    r"^(usr/share/gocode/src/|usr/share/go-[\d.]+/|usr/share/php/|usr/share/rubygems-integration/all/gems/|"
    r"usr/lib/ruby/vendor_ruby/|usr/share/perl5/|usr/include/|usr/share/postgresql/\d+/|usr/share/|usr/lib/|usr/)"
)
_SHEBANG = re.compile(rb"#!\s*\S*/(?:env\s+(?:-S\s+)?)?(bash|dash|node|perl|php|python3?|ruby|sh|zsh)\b")
_INTERPRETERS = {
    "bash": "shellscript",
    "dash": "shellscript",
    "node": "javascript",
    "perl": "perl",
    "php": "php",
    "python": "python",
    "python3": "python",
    "ruby": "ruby",
    "sh": "shellscript",
    "zsh": "shellscript",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of a package: the path the model is shown, and its bytes or why it is left out."""

    path: str
    language: str
    data: bytes | Rejection


def printable(path: str) -> str:
    """A path without the half characters that stand for bytes of no UTF-8 name: no tokenizer reads those."""
    return path.encode("utf-8", "replace").decode()


def shown_path(ecosystem: str, path: str) -> str:
    """The path of an archive's file below the root of its project, as far as the archive tells.

    >>> shown_path("npm", "package/src/index.ts")
    'src/index.ts'
    >>> shown_path("debian", "usr/share/perl5/Rex/Args.pm")
    'Rex/Args.pm'
    """
    if ecosystem == "npm":
        return path.partition("/")[2]
    if ecosystem == "debian":
        return _INSTALLED_AT.sub("", path, count=1)
    return path


def language_of_source(path: str, data: bytes | None) -> str | None:
    """The language of a file by its name, or by its first line where that has no suffix; None: not to learn from."""
    language = language_of(path)
    if language == "plaintext" and not PurePosixPath(path).suffix and data is not None:
        named = _SHEBANG.match(data)
        language = _INTERPRETERS[named.group(1).decode()] if named else language
    return language if language in LANGUAGES else None


def source_file(ecosystem: str, path: str, data: bytes | None) -> SourceFile | None:
    """The source file that an archive's file is, or None where it is none; `data` is None where it is too large."""
    if ecosystem == "debian" and _DOCUMENTATION.match(path):
        return None
    language = language_of_source(path, data)
    if language is None or (ecosystem == "pypi" and language in _NOT_FROM_WHEELS):
        return None
    shown = printable(shown_path(ecosystem, path))
    elsewhere = not_written_here(ecosystem, shown)
    if elsewhere is not None:
        return SourceFile(path=shown, language=language, data=elsewhere)
    kept = Rejection.TOO_LARGE if data is None or len(data) > MAX_FILE_BYTES else data
    return SourceFile(path=shown, language=language, data=kept)


def not_written_here(ecosystem: str, path: str) -> Rejection | None:
    """Why a file is not the project's own source, told by its path, or None."""
    folders = frozenset(PurePosixPath(path).parts[:-1])
    if folders & _VENDORED:
        return Rejection.VENDORED
    return Rejection.BUILT if _BUILT_FILE.search(path) or (ecosystem == "npm" and folders & _BUILT_FOLDERS) else None


def within_limit(files: Iterable[SourceFile], max_bytes: int = MAX_PACKAGE_BYTES) -> Iterator[SourceFile]:
    """The files of one package, `max_bytes` of them in all: tests are left out first, then what a hash decides."""
    read = list(files)
    order = sorted(range(len(read)), key=lambda at: _precedence(read[at].path))
    room = max_bytes
    kept: set[int] = set()
    for at in order:
        data = read[at].data
        size = 0 if isinstance(data, Rejection) else len(data)
        if size <= room:
            room -= size
            kept.add(at)
    for at, file in enumerate(read):
        if at in kept:
            yield file
        else:
            yield SourceFile(path=file.path, language=file.language, data=Rejection.PACKAGE_LIMIT)


def _precedence(path: str) -> tuple[bool, bytes]:
    pure = PurePosixPath(path)
    is_test = bool(_TEST_FOLDERS & frozenset(pure.parts)) or bool(_TEST_FILE.search(pure.name))
    return is_test, hashlib.blake2b(path.encode()).digest()
