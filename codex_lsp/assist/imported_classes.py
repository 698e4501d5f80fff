"""Classes that a module imports from others of its project: how they are made is read there; nothing is imported."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codex_lsp.assist.class_makers import makers_of
from codex_lsp.assist.function import parsed
from codex_lsp.assist.module_names import module_names, statements
from codex_lsp.assist.parameter_kind import Kind
from codex_lsp.assist.project import Project
from codex_lsp.context.document import Document
from codex_lsp.context.exclusion import is_secret
from codex_lsp.context.regular_file import is_file
from codex_lsp.errors import AssistRefused

_DEPTH = 3
"""Modules that are followed from one to the next."""
_MOST_MODULES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClasses:
    """What a module's calls may name.

    Attributes:
        makers: How values of its own and its imported classes are made, by what the module calls them.
        imports: Names that such values need and the module does not bind when it runs, with what imports each.
    """

    makers: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    imports: Mapping[str, str] = field(default_factory=dict[str, str])


def known_classes(tree: ast.Module, project: Project, read: Callable[[Path], Document | None]) -> KnownClasses:
    """The classes that a module of a project knows, those that it imports for annotations alone too.

    Args:
        tree: Of the module.
        project: Whose modules may be read.
        read: A file as the person sees it.
    """
    return _Reader(project, read).known(tree, project.module, is_package=project.path.stem == "__init__", depth=_DEPTH)


class _Reader:
    """Reads modules of a project, each once."""

    def __init__(self, project: Project, read: Callable[[Path], Document | None]) -> None:
        self._project = project
        self._read = read
        self._known: dict[str, KnownClasses] = {}

    def known(self, tree: ast.Module, module: str, *, is_package: bool, depth: int) -> KnownClasses:
        own = module_names(tree)
        makers: dict[str, Kind] = {}
        imports = dict(_unbound(tree, module, is_package=is_package))
        for node in statements(tree.body) if depth else ():
            for called, kind, needed in self._imported(node, module, depth, is_package=is_package):
                makers[called] = kind
                imports |= {name: line for name, line in needed.items() if name not in own}
        return KnownClasses(makers=makers_of(tree, makers), imports=imports)

    def _imported(
        self, node: ast.stmt, module: str, depth: int, *, is_package: bool
    ) -> Iterator[tuple[str, Kind, dict[str, str]]]:
        """What an import brings: what it is called here, how it is made, and what that needs beside."""
        if not isinstance(node, ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.Import):
            places = [(each.name, "", each.asname or each.name) for each in node.names]
        else:
            source = absolute(node, module, is_package=is_package)
            places = [(source, each.name, each.asname or each.name) for each in node.names]
        for source, name, called in places:
            found = self._of(source, depth - 1)
            if name in found.makers:
                yield called, *_renamed(found, name, called, source)
            elif name and (inner := self._of(f"{source}.{name}", depth - 1)).makers:
                # A module of a package: its classes go by its name.
                yield from (
                    (f"{called}.{each}", *_renamed(inner, each, f"{called}.{each}", f"{source}.{name}"))
                    for each in inner.makers
                )
            elif not name:
                yield from (
                    (f"{called}.{each}", *_renamed(found, each, f"{called}.{each}", source)) for each in found.makers
                )

    def _of(self, module: str, depth: int) -> KnownClasses:
        if module not in self._known:
            # While it is read, a module that imports this one finds nothing in it.
            self._known[module] = KnownClasses()
            self._known[module] = self._read_module(module, depth)
        return self._known[module]

    def _read_module(self, module: str, depth: int) -> KnownClasses:
        if depth < 0 or len(self._known) > _MOST_MODULES or not all(part.isidentifier() for part in module.split(".")):
            return KnownClasses()
        for folder in self._project.import_from:
            base = folder.joinpath(*module.split("."))
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                document = self._read(path) if is_file(path) and not is_secret(str(path)) else None
                if document is not None:
                    return self._read_text(document.text, module, path, depth)
        return KnownClasses()

    def _read_text(self, text: str, module: str, path: Path, depth: int) -> KnownClasses:
        try:
            return self.known(parsed(text), module, is_package=path.stem == "__init__", depth=depth)
        except AssistRefused:
            return KnownClasses()


def absolute(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    """The dotted name of the module that an import in another one names.

    >>> absolute(ast.parse("from ..shapes import Point").body[0], "pkg.sub.mod", is_package=False)
    'pkg.shapes'
    """
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    base = parts[: len(parts) - node.level + is_package]
    return ".".join((*base, *([node.module] if node.module else [])))


def _unbound(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[tuple[str, str]]:
    """Names that are imported for annotations alone, and what would import them."""
    for node in tree.body:
        if not isinstance(node, ast.If) or ast.unparse(node.test).rpartition(".")[2] != "TYPE_CHECKING":
            continue
        for each in statements(node.body):
            if isinstance(each, ast.ImportFrom):
                source = absolute(each, module, is_package=is_package)
                for alias in each.names:
                    yield alias.asname or alias.name, ast.unparse(ast.ImportFrom(source, [alias], 0))
            elif isinstance(each, ast.Import):
                for alias in each.names:
                    yield (alias.asname or alias.name).split(".")[0], ast.unparse(ast.Import([alias]))


def _renamed(found: KnownClasses, name: str, called: str, source: str) -> tuple[Kind, dict[str, str]]:
    """A kind as another module calls it, and the imports of what it is made of."""
    kind = found.makers[name]
    texts = tuple(called + text[len(name) :] if _begins(text, name) else text for text in kind.texts)
    inner = {part for item in kind.items for part in _names(item)} & found.makers.keys()
    needed = {each: found.imports.get(each, f"from {source} import {each}") for each in inner if "." not in each}
    return Kind(kind.name, kind.items, texts), needed


def _begins(text: str, name: str) -> bool:
    return text == name or text.startswith((f"{name}(", f"{name}."))


def _names(kind: Kind) -> Iterator[str]:
    """The classes that a kind's values are made by."""
    if kind.name in ("build", "choice"):
        yield from (
            text.partition("(")[0].partition(".")[0] for text in kind.texts[: None if kind.name == "choice" else 1]
        )
    for item in kind.items:
        yield from _names(item)
