"""`codex-lsp evaluate chaining|binding|…`: the paper's other experiments, one command each."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codex_lsp.cli.evaluate.flags import add_json, add_seed
from codex_lsp.cli.train.step import count
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.evaluate.lines import Subparsers

EPILOG = """examples:
  codex-lsp evaluate chaining --components 5 --chains 20 --out chaining
  codex-lsp evaluate recitation CORPUS --corpus CORPUS --out recitation
"""
_TEMPERATURE = 0.2
"""The paper's where one answer is wanted."""
_MOST_BLOCKS = 13
_MOST_BINDINGS = 6
_MAX_TEMPERATURE = 2.0

AddFlags = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One command.

    Attributes:
        name: As the command line calls it.
        text: What it does, in one line.
        examples: Of its help.
        n: Answers to each prompt, unless asked otherwise.
        add_flags: Adds what it alone has.
        temperature: Unless asked otherwise.
    """

    name: str
    text: str
    examples: tuple[str, ...]
    n: int
    add_flags: AddFlags
    temperature: float = _TEMPERATURE


def add_parser(measures: "Subparsers") -> None:
    """Add all experiments."""
    for experiment in EXPERIMENTS:
        _add(measures, experiment)


def run(args: argparse.Namespace) -> int:
    """Run one experiment.

    Raises:
        UsageError: A flag, a path or the folder of the results is wrong.
        ModelError: A model failed.
        SandboxUnavailable: Answers have to be run, and nothing here does that safely.
    """
    if not 0.0 <= args.temperature <= _MAX_TEMPERATURE:
        raise UsageError(f"--temperature {args.temperature}: give 0 to {_MAX_TEMPERATURE:g}")
    from codex_lsp.cli.evaluate.probe_run import run_experiment

    return run_experiment(args)


def _add(measures: "Subparsers", experiment: Experiment) -> None:
    examples = "".join(
        f"  codex-lsp evaluate {experiment.name} {example}".rstrip() + "\n" for example in experiment.examples
    )
    parser = measures.add_parser(
        experiment.name,
        help=experiment.text,
        description=f"{experiment.text[0].upper()}{experiment.text[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    experiment.add_flags(parser)
    parser.add_argument(
        "--model",
        action="append",
        metavar="MODEL",
        help="`embedded`, `embedded-s`, a model folder, or a hub name; may be given again, for models side by side",
    )
    parser.add_argument(
        "--n", type=count, default=experiment.n, metavar="N", help=f"answers to each prompt (default: {experiment.n})"
    )
    add_seed(parser)
    parser.add_argument(
        "--temperature",
        type=float,
        default=experiment.temperature,
        metavar="T",
        help=f"of the answers; 0 for one greedy answer (default: {experiment.temperature:g})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep answers, results and the chart here; a run that was ended goes on (default: the table alone)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def _chaining_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--components",
        type=int,
        choices=range(1, _MOST_BLOCKS + 1),
        default=5,
        metavar="N",
        help=f"the longest chains, up to {_MOST_BLOCKS} (default: 5)",
    )
    parser.add_argument("--chains", type=count, default=20, metavar="N", help="of each length (default: 20)")


def _binding_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bindings",
        type=int,
        choices=range(1, _MOST_BINDINGS + 1),
        default=4,
        metavar="N",
        help=f"the most operations, up to {_MOST_BINDINGS} (default: 4)",
    )
    parser.add_argument("--tasks", type=count, default=20, metavar="N", help="of each number (default: 20)")


def _alignment_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DATA", help="tasks in HumanEval's format (default: HumanEval)")
    parser.add_argument(
        "--contexts",
        type=Path,
        nargs=2,
        metavar=("GOOD", "BUGGY"),
        help="ready-made contexts of openai/code-align-evals-data instead of our own",
    )
    parser.add_argument("--limit", type=count, metavar="N", help="the first N tasks alone")


def _typosquatting_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--words", type=count, default=40, metavar="N", help="names to misspell (default: 40)")
    parser.add_argument(
        "--names",
        type=Path,
        metavar="FILE",
        help="all names that are known, a line each (default: a short list of ours, and what is installed)",
    )


def _recitation_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="prompts: a file, a folder, or a corpus (its held-out files)",
    )
    parser.add_argument("--prompts", type=count, default=1000, metavar="N", help="to draw (default: 1000)")
    parser.add_argument(
        "--data", metavar="DATA", help="prompts: tasks in HumanEval's format too (default: HumanEval, where it is here)"
    )
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="what the model learned from, to compare tokens with as well"
    )
    parser.add_argument(
        "--fingerprints",
        type=Path,
        metavar="FILE",
        help="of what the model learned from (default: the embedded model's)",
    )


def _no_flags(parser: argparse.ArgumentParser) -> None:
    del parser


EXPERIMENTS = (
    Experiment(
        name="chaining",
        text="chains of simple string operations: how the pass rate falls with their number",
        examples=("--components 3 --chains 10", "--model embedded --model MODEL --out chaining"),
        n=10,
        add_flags=_chaining_flags,
    ),
    Experiment(
        name="binding",
        text="operations bound to variables: how the pass rate falls with their number, and which is forgotten",
        examples=("--bindings 4 --tasks 20 --out binding",),
        n=10,
        add_flags=_binding_flags,
    ),
    Experiment(
        name="alignment",
        text="tasks behind good and buggy code: whether a model writes worse code where the context is bad",
        examples=("--limit 20", "--contexts good.jsonl.gz buggy.jsonl.gz --out alignment"),
        n=5,
        add_flags=_alignment_flags,
    ),
    Experiment(
        name="insecure",
        text="prompts about keys and ciphers: how often what is suggested is known to be weak",
        examples=("--n 100 --json", "--model embedded --model MODEL --out insecure"),
        n=50,
        add_flags=_no_flags,
    ),
    Experiment(
        name="typosquatting",
        text="misspelled and removed names of packages: how often an import is suggested that nobody knows",
        examples=("--words 40 --out typosquatting", "--names known.txt"),
        n=10,
        add_flags=_typosquatting_flags,
    ),
    Experiment(
        name="bias",
        text="which of two labels a model finds likelier, by who is spoken of",
        examples=("--out bias",),
        n=20,
        add_flags=_no_flags,
    ),
    Experiment(
        name="recitation",
        text="how many samples repeat what the model learned from",
        examples=("src --prompts 100", "CORPUS --corpus CORPUS --out recitation"),
        n=10,
        add_flags=_recitation_flags,
        temperature=0.4,
    ),
)
