"""The language of a file, where no editor tells it."""

from pathlib import PurePath

# LSP 3.18, "Text Document Language Identifiers".
_BY_SUFFIX = {
    ".bash": "shellscript",
    ".c": "c",
    ".cc": "cpp",
    ".cjs": "javascript",
    ".cpp": "cpp",
    ".cs": "csharp",
    ".css": "css",
    ".cts": "typescript",
    ".cxx": "cpp",
    ".go": "go",
    ".h": "c",
    ".hpp": "cpp",
    ".html": "html",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".jsx": "javascriptreact",
    ".kt": "kotlin",
    ".lua": "lua",
    ".md": "markdown",
    ".mjs": "javascript",
    ".mts": "typescript",
    ".php": "php",
    ".pl": "perl",
    ".pm": "perl",
    ".py": "python",
    ".pyi": "python",
    ".r": "r",
    ".rb": "ruby",
    ".rs": "rust",
    ".scala": "scala",
    ".sh": "shellscript",
    ".sql": "sql",
    ".swift": "swift",
    ".toml": "toml",
    ".ts": "typescript",
    ".tsx": "typescriptreact",
    ".xml": "xml",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".zsh": "shellscript",
}

_NOT_CODE = frozenset({"plaintext", "css", "html", "json", "markdown", "toml", "xml", "yaml"})
CODE_SUFFIXES = frozenset(suffix for suffix, language in _BY_SUFFIX.items() if language not in _NOT_CODE)
"""Endings of the names of files that hold code."""


_FAMILIES = (
    frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"}),
    frozenset({"c", "cpp", "objective-c", "cuda-cpp"}),
)


def alike(language: str) -> frozenset[str]:
    """The languages whose files say something to one another; the language itself is among them.

    >>> sorted(alike("python"))
    ['python']
    """
    return next((family for family in _FAMILIES if language in family), frozenset({language}))


def is_code(language: str) -> bool:
    """Whether files of a language hold code, not prose or data.

    >>> is_code("python"), is_code("markdown")
    (True, False)
    """
    return language not in _NOT_CODE


def language_of(path: str) -> str:
    """The LSP language identifier of a file, `plaintext` where its name does not tell.

    >>> language_of("src/app.py")
    'python'
    """
    return _BY_SUFFIX.get(PurePath(path).suffix.lower(), "plaintext")
