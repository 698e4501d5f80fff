"""A benchmark's file from a data set of the Hugging Face hub: from the cache, else fetched."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from codex_lsp.errors import MissingExtra, UsageError
from codex_lsp.evaluation.json_lines import Line, objects_of

TIMEOUT_S = 5.0
_WANTED = ("*.jsonl", "*.jsonl.gz", "*.parquet")


def fetch_data(name: str) -> Path:
    """The file of `ORG/NAME:FILE`; of `ORG/NAME`, its only one, or its only one for tests.

    Raises:
        UsageError: There is no such data set or file, several fit, or the hub cannot be reached.
    """
    repository, _, wanted = name.partition(":")
    try:
        folder = _fetched(repository, wanted, local_only=True)
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError):
        folder = _downloaded(repository, wanted)
    return _chosen(folder, repository, wanted)


def data_rows(path: Path) -> Iterator[Line]:
    """The rows of a file of the hub: JSON Lines, or Parquet where `pyarrow` is installed.

    Raises:
        UsageError: It cannot be read.
        MissingExtra: It is Parquet, and nothing here reads that.
    """
    if path.suffix != ".parquet":
        yield from objects_of(path)
        return
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtra(f"{path.name}: is Parquet; run: pip install pyarrow") from error
    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        # Its errors are subclasses of these.
        raise UsageError(f"{path}: is damaged ({' '.join(str(error).split())[:200]})") from error
    for number, row in enumerate(rows, start=1):
        yield Line(path=str(path), number=number, value=row)


def _downloaded(repository: str, wanted: str) -> Path:
    try:
        return _fetched(repository, wanted, local_only=False)
    except HFValidationError as error:
        raise UsageError(f"`{repository}`: neither a file nor a data set of the hub like `ORG/NAME`") from error
    except GatedRepoError as error:
        raise UsageError(f"{repository}: the hub asks for consent; accept its terms there and log in") from error
    except RepositoryNotFoundError as error:
        raise UsageError(f"{repository}: no such file here, nor such a data set on the hub; check --data") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise UsageError(
            f"{repository}: not on this machine, and the hub cannot be reached; "
            "go online once, or name a file with --data"
        ) from error


def _fetched(repository: str, wanted: str, *, local_only: bool) -> Path:
    patterns: list[str] = [wanted] if wanted else list(_WANTED)
    return Path(
        snapshot_download(
            repository,
            repo_type="dataset",
            allow_patterns=patterns,
            local_files_only=local_only,
            etag_timeout=TIMEOUT_S,
        )
    )


def _chosen(folder: Path, repository: str, wanted: str) -> Path:
    if wanted:
        path = folder / wanted
        if path.is_file() and path.resolve().is_relative_to(folder.resolve().parents[1]):
            return path
        raise UsageError(f"{repository}: has no file `{wanted}`")
    files = sorted(path for pattern in _WANTED for path in folder.rglob(pattern))
    fitting = [path for path in files if "test" in path.name.lower()] if len(files) > 1 else files
    if len(fitting) != 1:
        names = ", ".join(path.relative_to(folder).as_posix() for path in (fitting or files)[:8]) or "none"
        raise UsageError(f"{repository}: its files are {names}; name one as `{repository}:FILE`")
    return fitting[0]
