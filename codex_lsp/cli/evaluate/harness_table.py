"""A run of the harness as a table for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from codex_lsp.cli.evaluate.apps_table import apps_table


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table."""
    yield f"{found['manifest']['run']['benchmark']}: {found['tasks']} tasks, {found['samples']} samples"
    yield ""
    for name, value in found.items():
        if name.startswith("pass@"):
            yield f"{name.ljust(10)}  {percent(value).rjust(8)}{_interval(found['intervals'][name])}{_at(found, name)}"
    if "floor" in found:
        floor = found["floor"]
        yield f"{'floor'.ljust(10)}  {percent(floor['pass@1']).rjust(8)}  an empty completion, {floor['passed']} tasks"
    yield ""
    yield from (f"{name.ljust(14)}{count:>8}" for name, count in found["outcomes"].items())
    if "apps" in found:
        yield from apps_table(found["apps"])
    yield from (f"skipped: {reason}, {count} lines" for reason, count in found["skipped"].items())
    if found["missing"]:
        yield f"left out: {len(found['missing'])} tasks without a sample"
    departures = found["manifest"]["departures"]
    if departures:
        yield ""
        yield from (f"not as the paper: {line}" for line in departures)


def percent(value: float | None) -> str:
    """A share as people read it; a dash for none."""
    return "-" if value is None else f"{value:.2%}"


def _interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"  ({bounds[0]:.2%} to {bounds[1]:.2%})"


def _at(found: Mapping[str, Any], name: str) -> str:
    temperature = found["temperatures"][name]
    return "" if temperature is None else f"  at temperature {temperature:g}"
