"""A kind of benchmark: what it is called, where its data lies, and how its rows become tasks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from codex_lsp.evaluation.graded import GradedSample
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.task import Benchmark

ReadBenchmark = Callable[[Iterable[Line], str], Benchmark]

ENOUGH = 10


def lazily(module: str, name: str) -> ReadBenchmark:
    """A reader that is imported with its first use: each command line is parsed with all formats known.

    Args:
        module: Below this room.
        name: Of the reader in it.
    """

    def read(lines: Iterable[Line], label: str) -> Benchmark:
        reader: ReadBenchmark = getattr(import_module(f"codex_lsp.evaluation.{module}"), name)
        return reader(lines, label)

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of benchmark.

    Attributes:
        name: As the command line calls it.
        title: What it is, in a few words.
        sets: Its sets, the usual one first, and the file of each below a folder of benchmarks; with no file, data
            has to be named.
        read: Makes the benchmark of a set's rows and its name.
        hub: The hub's data set of its usual set; empty where there is none to name.
        example: Flags that an example of its command needs.
        n: Samples of each task, where no other number is asked for.
        temperatures: They are drawn at, where none is asked for; those after the first need ten samples of each task.
        paper_n: As many the paper has that introduced it, for the list of departures.
        has_floor: An empty completion solves some of its tasks: that share stands beside every result.
        timed_by_reference: The limits of its tasks follow from how long the references take on this machine.
    """

    name: str
    title: str
    sets: Mapping[str, str]
    read: ReadBenchmark
    hub: str = ""
    example: str = ""
    n: int = 20
    temperatures: tuple[float, ...] = (0.2, 0.8)
    paper_n: int = 200
    has_floor: bool = False
    timed_by_reference: bool = False

    def usual_temperatures(self, n: int) -> tuple[float, ...]:
        """Those at which n samples are worth drawing: higher ones serve pass@k for k above one."""
        return self.temperatures if n >= ENOUGH else self.temperatures[:1]

    def label(self, chosen: str) -> str:
        """The name of one of its sets among all benchmarks."""
        return self.name if len(self.sets) == 1 else f"{self.name} {chosen}"


def conventions_of(benchmark: Benchmark) -> tuple[str, ...]:
    """What a benchmark says of itself that a result has to repeat; nothing where it says nothing."""
    return tuple(getattr(benchmark, "conventions", ()))


def own_figures_of(benchmark: Benchmark, graded: Sequence[GradedSample]) -> dict[str, Any]:
    """Figures that a benchmark has beside pass@k, by their names; none where it has none."""
    figures: Callable[[Sequence[GradedSample]], dict[str, Any]] | None = getattr(benchmark, "own_figures", None)
    return {} if figures is None else figures(graded)
