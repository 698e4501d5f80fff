"""The branches of a module's source, as coverage.py counts them: pairs of lines, negative where a function is left."""

import functools
import json
import tempfile
from pathlib import Path

from codex_lsp.errors import MissingExtra

Arc = tuple[int, int]


def coverage_folder() -> Path:
    """Where the package `coverage` lies.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        import coverage  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra(
            "branches are measured by coverage.py; install it with `pip install 'codex-lsp[assist]'`"
        ) from error
    return Path(coverage.__file__).parent


@functools.lru_cache(maxsize=8)
def branch_arcs(source: str) -> frozenset[Arc]:
    """All ways on from lines that have more than one; none where the source cannot be read.

    Raises:
        MissingExtra: coverage.py is not installed.
    """
    coverage_folder()
    import coverage  # noqa: PLC0415 - an extra
    from coverage.exceptions import CoverageException  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="codex-lsp-") as folder:
        path, report = Path(folder) / "source.py", Path(folder) / "report.json"
        path.write_text(source, "utf-8", newline="")
        measured = coverage.Coverage(data_file=None, branch=True, config_file=False, messages=False)
        measured.get_data().add_arcs({str(path): []})
        try:
            measured.json_report(morfs=[str(path)], outfile=str(report))
        except CoverageException:
            return frozenset()
        files = json.loads(report.read_text("utf-8"))["files"]
    return frozenset((start, end) for each in files.values() for start, end in each["missing_branches"])
