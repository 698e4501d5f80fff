"""What a run measures, from its command line."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import c_translate2, llama_cpp
from benchmarks.peers.peer import Setting
from benchmarks.peers.registry import PEERS, checked_names
from benchmarks.shapes import PUBLISHED, Shape, shape_named
from codex_lsp.errors import UsageError

ROWS = 4
TOKENS = 24
LEAST_PROMPT, MOST_PROMPT = 64, 3072
VARIABLES = {llama_cpp.OPTION: "BENCH_LLAMA_SERVER", c_translate2.OPTION: "BENCH_CTRANSLATE2_PYTHON"}
QUICK_SHAPE = "20M"
QUICK_PEERS = ("ours", "hf", "llama_cpp")
QUICK_BUDGET_S = 12.0
# A whole run takes about 20 minutes: what is slow is asked twice, what is fast as often as fits beside it.
BUDGET_S = 12.0
REPEATS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, and how often.

    Attributes:
        shapes: Whose checkpoints.
        peers: By what.
        threads: Numbers of threads, one after another.
        repeats: Requests of one kind, at most.
        budget_s: For one kind of request to all peers; a round that has begun is ended.
        prompt_tokens: Of each prompt.
        work: Folder for checkpoints, which are made once.
        options: Where peers are.
    """

    shapes: tuple[Shape, ...]
    peers: tuple[str, ...]
    threads: tuple[int, ...]
    repeats: int
    budget_s: float
    prompt_tokens: int
    work: Path
    options: dict[str, str]

    def setting(self, shape: Shape, threads: int) -> Setting:
        """With what peers are started."""
        return Setting(folder=self.work / shape.name, threads=threads, options=self.options)


def plan_of(args: argparse.Namespace, work: Path) -> Plan:
    """The plan that was asked for.

    Raises:
        UsageError: A name is unknown, or a number out of range.
    """
    shapes: list[str] = args.shapes or ([QUICK_SHAPE] if args.quick else list(PUBLISHED))
    peers: list[str] = args.peers or list(QUICK_PEERS if args.quick else PEERS)
    threads: list[int] = args.threads or ([1] if args.quick else [1, 2])
    _check(args, shapes, peers, threads)
    named = {option: getattr(args, option) or os.environ.get(name, "") for option, name in VARIABLES.items()}
    for option, path in named.items():
        if path and not Path(path).is_file():
            raise UsageError(f"`--{option.replace('_', '-')} {path}`: there is no such file")
    return Plan(
        shapes=tuple(map(shape_named, shapes)),
        peers=checked_names(peers),
        threads=tuple(dict.fromkeys(threads)),
        repeats=args.repeats,
        budget_s=QUICK_BUDGET_S if args.quick else args.budget_s,
        prompt_tokens=args.prompt_tokens,
        work=work,
        options=named,
    )


def _check(args: argparse.Namespace, shapes: list[str], peers: list[str], threads: list[int]) -> None:
    for name, values, most in (("threads", threads, os.cpu_count() or 1), ("repeats", [args.repeats], 10_000)):
        wrong = next((value for value in values if not 1 <= value <= most), None)
        if wrong is not None:
            raise UsageError(f"`--{name} {wrong}`: expected 1 to {most} here")
    if not 0 < args.budget_s < float("inf"):
        raise UsageError(f"`--budget-s {args.budget_s:g}`: expected seconds above 0")
    if not LEAST_PROMPT <= args.prompt_tokens <= MOST_PROMPT:
        raise UsageError(f"`--prompt-tokens {args.prompt_tokens}`: expected {LEAST_PROMPT} to {MOST_PROMPT}")
    if args.quick and len(shapes) > 1:
        raise UsageError("`--quick` measures one shape; name one, or leave `--quick` out")
    if "ours" not in checked_names(peers):
        raise UsageError("`--peers` leaves out `ours`, to which all others are compared; add it")
