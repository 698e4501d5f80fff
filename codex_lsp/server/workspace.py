"""The folders that are open in the editor, and what a document is called inside them."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Workspace:
    """Open folders, by URI."""

    def __init__(self, folder_uris: Iterable[str] = ()) -> None:
        """Open `folder_uris`."""
        self._folders = {uri: _path(uri).rstrip("/") + "/" for uri in folder_uris}

    def change(self, *, added: Iterable[str], removed: Iterable[str]) -> None:
        """Open and close folders."""
        for uri in removed:
            self._folders.pop(uri, None)
        self._folders |= {uri: _path(uri).rstrip("/") + "/" for uri in added}

    @property
    def folders(self) -> list[Path]:
        """Those of this machine."""
        return [
            Path(folder) for uri, folder in self._folders.items() if uri.startswith(("file:", "/")) and folder != "/"
        ]

    def path_of(self, uri: str) -> str:
        """The posix path of a document in the innermost folder that holds it, or else its file name.

        >>> Workspace(["file:///home/me/project"]).path_of("file:///home/me/project/src/app.py")
        'src/app.py'
        """
        path = _path(uri)
        holders = [folder for folder in self._folders.values() if path.startswith(folder) and path != folder]
        if holders:
            return path[len(max(holders, key=len)) :]
        return path.rsplit("/", 1)[-1]

    @staticmethod
    def file_of(uri: str) -> Path | None:
        """The file of a document; None where it is none of this machine, or was never saved.

        >>> Workspace.file_of("file:///home/me/a%20b.py"), Workspace.file_of("untitled:Untitled-1")
        (PosixPath('/home/me/a b.py'), None)
        """
        return Path(_path(uri)) if uri.startswith("file:") else None

    def root_of(self, path: Path) -> Path | None:
        """The innermost open folder that holds a file."""
        holders = [folder for folder in self.folders if path.is_relative_to(folder)]
        return max(holders, key=lambda folder: len(folder.parts), default=None)


def _path(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        # No URI at all, for example an unbalanced bracket: the text itself has to do.
        return uri
    return unquote(parts.path, errors="replace")
