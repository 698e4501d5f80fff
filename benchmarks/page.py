"""What a run found as a page of documentation: tables, and what they mean."""

from collections.abc import Callable, Iterable, Mapping

from benchmarks.figures import ratio
from benchmarks.measure import APPEND, COLD, OURS, OURS_ONE, Findings
from benchmarks.peers.registry import TITLES
from benchmarks.picture import Bar, bars, shown
from benchmarks.plan import ROWS, TOKENS, Plan
from benchmarks.shapes import Shape
from benchmarks.timing import Spread

PICTURE = "keystroke.svg"
NEIGHBOUR_PICTURE = "keystroke-neighbour.svg"
NOTHING = "-"
_TRACES = {
    APPEND: "Append a character",
    "jump": "Jump a line",
    "switch": "Switch file",
}
_INTRODUCTION = f"""# Performance

Written by `make bench`; nothing here is typed by hand. `python -m benchmarks.keystroke --quick` takes a minute.

What is timed is what an editor waits for: from a request to the end of the last of {ROWS} continuations of
{TOKENS} tokens each. In it: the connection, JSON, cutting the prompt into tokens, token healing (ours alone), reading
what is new in the prompt, decoding, sampling, log-probabilities (ours alone). Not in it: the editor, LSP, the pause in
typing, building the prompt, ranking; `python benchmarks/ghost_text.py` measures those.

All load the same random weights (Qwen3, tied embeddings; `benchmarks/checkpoint.py` says how they are made) and get
the same prompts, from modules of the standard library. Control tokens have embeddings of zero, so that no row ends by
itself in any engine; the number of tokens of every answer is checked. Random rows hardly repeat the text, so that
drafts bring ours nothing here. All sample at temperature 0.4 from a nucleus of 0.95. Each peer runs in processes of
its own; they are asked in turn, so that what else the machine does falls on all alike. The busy neighbour is one
process that multiplies matrices. p50 is the median, p95 what 95 of 100 requests do not exceed; behind them stands the
number of requests, and of fewer than 20 the p95 is the slowest. So that a run takes minutes, not hours, slow peers are
asked less often, and beside the neighbour along one trace alone; those that read the whole prompt each time have one
trace, which tells of all. A dash is what was not asked.

- **codex-lsp**: `codex-lsp engine` on its Unix socket through the client of `codex-lsp serve`; only the threads are
  set, and in the line *int8* `engine.dtype`.
- **llama.cpp**: `llama-server`, `/infill` with `n_cmpl`, weights in Q8_0, prompt cache on, chunks reused as its editor
  client advises.
- **CTranslate2**: `generate_batch` with `num_hypotheses`, weights in int8, the whole prompt each time: it keeps no
  prefix.
- **transformers**: `generate` with `num_return_sequences`, the whole prompt each time, in the faster one of float32 and
  bfloat16; *prefix kept* is called with the keys and values of what did not change.
"""
_FLOOR = """The floor is what must be read and computed, by the rates of this run: one pass for the prompt's new token
and one for each further token of four rows, each the longer of reading (weights as bytes, keys and values in 16 bits)
and of multiplying. No draft, no sampling, no socket.
"""
_STOPS = """As above, but a row ends before a letter that about one token in nine has: random weights know no lines.
"""


def page(findings: Findings, plan: Plan, machine: Mapping[str, str]) -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION, _machine(findings, machine), _goals(findings, plan)]
    parts.append(f"![Append a character, by shape](../images/{PICTURE})\n")
    parts += [f"## {title}\n\n{_by_setting(findings, plan, trace, stops=False)}" for trace, title in _TRACES.items()]
    parts.append(f"![Beside a busy neighbour](../images/{NEIGHBOUR_PICTURE})\n")
    parts.append(f"## Stops on: append a character\n\n{_STOPS}\n{_by_setting(findings, plan, APPEND, stops=True)}")
    parts.append(f"## Cold start\n\n{_cold(findings, plan)}")
    return "\n".join(parts)


def pictures(findings: Findings, plan: Plan) -> dict[str, str]:
    """The pictures by their file names."""
    threads, last = plan.threads[0], plan.shapes[-1].name
    middle = next((shape.name for shape in plan.shapes if shape.name == "20M"), last)
    by_shape = {
        shape.name: _bars(findings, shape=shape.name, threads=threads, busy=False, spread=lambda spread: spread.p50_ms)
        for shape in plan.shapes
    }
    by_neighbour = {
        title: _bars(findings, shape=middle, threads=threads, busy=busy, spread=lambda spread: spread.p95_ms)
        for title, busy in (("idle", False), ("busy neighbour", True))
    }
    title = f"Append a character: {ROWS} candidates of {TOKENS} tokens, {_threads(threads)}"
    return {
        PICTURE: bars(f"{title}, p50", "milliseconds", by_shape),
        NEIGHBOUR_PICTURE: bars(f"{title}, {middle}, p95", "milliseconds", by_neighbour),
    }


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (list(head), *map(list, rows))]
    rule = "|" + "---|" * (lines[0].count(" | ") + 1)
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _bars(findings: Findings, *, spread: Callable[[Spread], float], **where: object) -> list[Bar]:
    found = {
        name: findings.spread(**where, trace=APPEND, stops=False, peer=name) for name in TITLES if name != OURS_ONE
    }
    return [Bar(name=TITLES[name], value=spread(times)) for name, times in found.items() if times is not None]


def _machine(findings: Findings, machine: Mapping[str, str]) -> str:
    rows = [*machine.items(), *((TITLES[name], version) for name, version in findings.versions.items())]
    rows += [(TITLES[name], f"no figures: {reason}") for name, reason in findings.missing.items()]
    return "## The machine\n\n" + table(["", ""], rows)


def _goals(findings: Findings, plan: Plan) -> str:
    head = ["shape", "threads", "read, GB/s", "products, Gop/s", "floor, ms", "ours ÷ floor", "transformers ÷ ours"]
    head += ["llama.cpp ÷ ours", "four ÷ one"]
    rows: list[list[str]] = []
    for shape in plan.shapes:
        for threads in plan.threads:
            one = {"shape": shape.name, "threads": threads, "busy": False, "trace": APPEND, "stops": False}
            rates, floor = findings.rates[shape.name, threads], findings.floors_ms[shape.name, threads]
            ours = findings.p50(**one, peer=OURS)
            ratios = [ratio(ours, floor), ratio(findings.p50(**one, peer="hf"), ours)]
            ratios += [ratio(findings.p50(**one, peer="llama_cpp"), ours)]
            ratios += [ratio(ours, findings.p50(**one, peer=OURS_ONE))]
            measured = [rates.bytes_per_s / 1e9, rates.operations_per_s / 1e9, floor]
            rows.append([shape.name, str(threads), *map(shown, measured), *map(_maybe, ratios)])
    return "## Ratios\n\nMedians, append a character, idle.\n\n" + table(head, rows) + "\n" + _FLOOR


def _by_setting(findings: Findings, plan: Plan, trace: str, *, stops: bool) -> str:
    settings = [(threads, busy) for threads in plan.threads for busy in (False, True)]
    head = ["shape", "p50 / p95, ms"]
    head += [f"{_threads(threads)}, {'neighbour' if busy else 'idle'}" for threads, busy in settings]
    rows: list[list[str]] = []
    for shape in plan.shapes:
        for name, title in TITLES.items():
            cells = [
                findings.spread(shape=shape.name, threads=threads, busy=busy, trace=trace, stops=stops, peer=name)
                for threads, busy in settings
            ]
            if any(cells):
                rows.append([shape.name, title, *map(_times, cells)])
    return table(head, rows)


def _cold(findings: Findings, plan: Plan) -> str:
    head = ["p50, ms, from the start of the process to the end of the first answer", *(s.name for s in plan.shapes)]
    rows = [
        [title, *(_cold_cell(findings, shape, name) for shape in plan.shapes)]
        for name, title in TITLES.items()
        if findings.spread(trace=COLD, peer=name) is not None
    ]
    return table(head, rows)


def _cold_cell(findings: Findings, shape: Shape, name: str) -> str:
    spread = findings.spread(shape=shape.name, trace=COLD, peer=name)
    return NOTHING if spread is None else f"{shown(spread.p50_ms)} ({spread.repeats})"


def _times(spread: Spread | None) -> str:
    return NOTHING if spread is None else f"{shown(spread.p50_ms)} / {shown(spread.p95_ms)} ({spread.repeats})"


def _maybe(value: float | None) -> str:
    return NOTHING if value is None else shown(value)


def _threads(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
