"""What a run found, as the figures that are promised by name."""

from typing import Any

from benchmarks.measure import APPEND, OURS, OURS_ONE, Findings
from benchmarks.plan import QUICK_PEERS, Plan


def quick_figures(findings: Findings, plan: Plan) -> dict[str, Any]:
    """The figures of `--quick --json`; None where a peer is missing.

    `ratio_hf` and `ratio_llama_cpp` are the peer's time by ours, `ratio_floor` ours by the floor.
    """
    shape, threads = plan.shapes[0].name, plan.threads[0]
    one = {"shape": shape, "threads": threads, "busy": False, "trace": APPEND, "stops": False}
    ours, hf, llama_cpp = (findings.p50(**one, peer=name) for name in (OURS, "hf", "llama_cpp"))
    return {
        "ours_p50_ms": ours,
        "hf_p50_ms": hf,
        "llama_cpp_p50_ms": llama_cpp,
        "ratio_hf": ratio(hf, ours),
        "ratio_llama_cpp": ratio(llama_cpp, ours),
        "ratio_four_to_one": ratio(ours, findings.p50(**one, peer=OURS_ONE)),
        "ratio_floor": ratio(ours, findings.floors_ms.get((shape, threads))),
    }


def more_figures(findings: Findings, plan: Plan) -> dict[str, Any]:
    """What stands beside them: how it was measured, and what is missing."""
    shape, threads = plan.shapes[0].name, plan.threads[0]
    rates = findings.rates[shape, threads]
    return {
        "shape": shape,
        "threads": threads,
        "floor_ms": findings.floors_ms[shape, threads],
        "bytes_per_s": rates.bytes_per_s,
        "operations_per_s": rates.operations_per_s,
        "repeats": {cell.peer: cell.spread.repeats for cell in findings.cells},
        "p95_ms": {cell.peer: cell.spread.p95_ms for cell in findings.cells},
        "versions": findings.versions,
        "missing": {name: "left out by --peers" for name in QUICK_PEERS if name not in plan.peers} | findings.missing,
    }


def ratio(upper: float | None, lower: float | None) -> float | None:
    """One by the other, where there are both."""
    return None if upper is None or lower is None else upper / lower
