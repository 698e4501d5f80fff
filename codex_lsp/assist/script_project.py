"""The project around a module of JavaScript or TypeScript: what must be seen to run it, and how its tests run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.script_layout import script_test_file
from codex_lsp.assist.script_runner import Runner, package_at, runner_of
from codex_lsp.assist.secret_files import secret_files
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.interpreter import home_folder

_TYPED = frozenset({"typescript", "typescriptreact"})
_WORKSPACES = ("pnpm-workspace.yaml", "lerna.json", "nx.json", "turbo.json", "rush.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptProject:
    """Everything that running one module needs to know.

    Attributes:
        path: Its file, real.
        root: The folder that is mounted: of the repository or workspace that packages share.
        package: The folder of the nearest `package.json`; the file's own where there is none.
        modules: Folders of packages above the root, which modules are looked for in too.
        masked: Secrets under the root.
        replaced: Its text where that is not saved.
        typed: It is TypeScript.
        runner: Of its tests.
        test_file: Where tests of the module live or would live.
    """

    path: Path
    root: Path
    package: Path
    modules: tuple[Path, ...]
    masked: tuple[Path, ...]
    replaced: Mapping[Path, bytes]
    typed: bool
    runner: Runner
    test_file: Path


def script_project_of(request: AssistRequest) -> ScriptProject:
    """The project of the request's file. Reads names of files, and where the workspace is trusted some of them.

    Raises:
        AssistRefused: The document was never saved, or lies where nothing may be mounted.
    """
    if request.path is None:
        raise AssistRefused("the document was never saved, so that nothing can import it; save it to a file first")
    path = request.path.resolve()
    root = _root(request.root, path, reads=request.trusted)
    package = next((each for each in _up(path.parent, root) if (each / "package.json").is_file()), path.parent)
    data = request.document.text.encode("utf-8", "replace")
    saved = path.is_file() and path.read_bytes() == data
    return ScriptProject(
        path=path,
        root=root,
        package=package,
        modules=tuple(each for up in root.parents if (each := up / "node_modules").is_dir()),
        masked=secret_files(root) if request.trusted else (),
        replaced={} if saved else {path: data},
        typed=request.document.language in _TYPED,
        runner=runner_of(list(_up(package, root)), reads=request.trusted),
        test_file=script_test_file(path, package),
    )


def _root(given: Path | None, path: Path, *, reads: bool) -> Path:
    """The outermost folder that packages share, whichever of them is open; never one that holds the home folder."""
    home = home_folder().resolve()
    if home.is_relative_to(path.parent):
        raise AssistRefused(f"{path.parent} holds your home folder, which no code may see; move the file below it")
    inside = [folder for folder in path.parents if not home.is_relative_to(folder)]
    given = given.resolve() if given is not None else None
    marked = [folder for folder in inside if folder == given or _is_shared(folder, reads=reads)]
    if marked:
        return marked[-1]
    return next((folder for folder in inside if (folder / "package.json").is_file()), path.parent)


def _is_shared(folder: Path, *, reads: bool) -> bool:
    if (folder / ".git").exists() or any((folder / name).exists() for name in _WORKSPACES):
        return True
    return reads and "workspaces" in package_at(folder)


def _up(folder: Path, root: Path) -> Iterator[Path]:
    yield folder
    for above in folder.parents:
        if not above.is_relative_to(root):
            return
        yield above
