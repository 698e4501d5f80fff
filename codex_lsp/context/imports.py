"""The imports of a file: where they stand, and which files of the workspace they mean."""

import posixpath
import re
from collections.abc import Iterator
from itertools import accumulate

_IMPORT = {
    "python": re.compile(r"(?:from|import)\s"),
    "javascript": re.compile(r"import\b|(?:const|let|var)\s.*\brequire\("),
    "go": re.compile(r"import\b"),
    "rust": re.compile(r"(?:pub )?use\s"),
    "csharp": re.compile(r"(?:global )?using\s"),
    "php": re.compile(r"use\s|(?:require|include)(?:_once)?\b"),
    "ruby": re.compile(r"(?:require|require_relative|load)\s"),
    "c": re.compile(r"#\s*include\b"),
    "perl": re.compile(r"use\s|require\s"),
}
_LIKE = {
    "cpp": "c",
    "objective-c": "c",
    "javascriptreact": "javascript",
    "typescript": "javascript",
    "typescriptreact": "javascript",
}
_OTHER = re.compile(r"import\s")
_PYTHON_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)", re.MULTILINE)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n#]+)", re.MULTILINE)
_QUOTED_PATH = re.compile(r"(?:from|import|require\(|#\s*include)\s*[\"']([^\"'\n]{1,200})[\"']")
_NAME = re.compile(r"[^\W\d]\w*")
_ENDINGS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".d.ts", "/index.ts", "/index.js", ".h", ".hpp")
MAX_LINES = 400
"""Imports are looked for at the beginning of a file only."""
MAX_STATEMENT_LINES = 60
_MAX_CHARACTERS = 40_000


def import_spans(text: str, language: str) -> list[tuple[int, int]]:
    r"""Where the import statements at the left edge of a file's beginning start and end, whole lines with their ends.

    >>> import_spans("import os\nfrom a import (\n    b,\n)\nx = 1\n", "python")
    [(0, 10), (10, 35)]
    """
    pattern = _IMPORT.get(_LIKE.get(language, language), _OTHER)
    # A last line without an end may be cut short, and is none.
    lines = [f"{line}\n" for line in text[:_MAX_CHARACTERS].split("\n")[:-1][:MAX_LINES]]
    starts = [0, *accumulate(map(len, lines))]
    found: list[tuple[int, int]] = []
    number = 0
    while number < len(lines):
        end = number + 1
        if pattern.match(lines[number]) is not None:
            end = _statement_end(lines, number)
            found.append((starts[number], starts[end]))
        number = end
    return found


def imported_files(text: str, path: str, language: str) -> list[str]:
    """Paths that the imports of a file may mean, most exact first; a path that is not there means another package.

    Args:
        text: The file, or its beginning.
        path: Of the file, in the workspace, posix.
        language: LSP language identifier.

    >>> imported_files("from .tools import saw", "shop/app.py", "python")
    ['shop/tools/saw.py', 'shop/tools/saw/__init__.py', 'shop/tools.py', 'shop/tools/__init__.py']
    """
    found = _python_modules(text, path) if language == "python" else _quoted_paths(text, path)
    return list(dict.fromkeys(found))


def _python_modules(text: str, path: str) -> Iterator[str]:
    for dots, module, names in _PYTHON_FROM.findall(text):
        base = _relative(path, dots, module)
        if base is None:
            continue
        for name in _NAME.findall(names):
            yield from _python_files(posixpath.join(base, name))
        yield from _python_files(base)
    for modules in _PYTHON_IMPORT.findall(text):
        for module in modules.split(","):
            yield from _python_files(module.split(" as ")[0].strip().replace(".", "/"))


def _python_files(base: str) -> Iterator[str]:
    if base and not base.endswith("/"):
        yield f"{base}.py"
        yield f"{base}/__init__.py"


def _relative(path: str, dots: str, module: str) -> str | None:
    """The folder or file that a module is, without its ending; None for one above the workspace."""
    inner = module.replace(".", "/")
    if not dots:
        return inner
    folder = posixpath.dirname(path)
    for _ in dots[1:]:
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, inner) if inner else folder


def _quoted_paths(text: str, path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    for quoted in _QUOTED_PATH.findall(text):
        base = posixpath.normpath(posixpath.join(folder, quoted))
        if not base.startswith(".."):
            yield from (base + ending for ending in _ENDINGS)


def _statement_end(lines: list[str], start: int) -> int:
    """The line after a statement: brackets that it opens are closed."""
    depth = 0
    for number in range(start, min(len(lines), start + MAX_STATEMENT_LINES)):
        depth += sum(map(lines[number].count, "([{")) - sum(map(lines[number].count, ")]}"))
        if depth <= 0 and not lines[number].rstrip("\r\n").endswith("\\"):
            return number + 1
    return start + 1
