"""Measures the pace of the embedded model that `codex-lsp evaluate replay` gives it in virtual time.

    python -m benchmarks.pace PATH…

Processor time of one thread, so that other work on the machine counts little: stretches of the files at PATH are typed
character by character, and at every third a prompt is built and four rows are sampled after it, as ghost text has it.
Prints a, b and c in milliseconds; `codex_lsp/evaluation/replay.py` holds them.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from codex_lsp.config import Settings
from codex_lsp.context.prompt import build_prompt
from codex_lsp.evaluation.asked_prompts import AskedPrompts
from codex_lsp.evaluation.pace import Timing, fitted
from codex_lsp.evaluation.source_files import source_files
from codex_lsp.evaluation.stretches import Stretch, drawn_stretches
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.models.local_prompt import open_prompt
from codex_lsp.models.registry import EMBEDDED, checkpoint_path
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import CursorContext, Priority, Prompt, SamplingParams

EVERY = 3
"""Characters from one prompt to the next: a generation is not asked for at every key."""
LINES = 4


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pace", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--files", type=int, default=12, metavar="N", help="to draw (default %(default)s)")
    args = parser.parse_args(argv)
    checkpoint = checkpoint_path(EMBEDDED, working_folder=False)
    loaded = load_model(EMBEDDED, checkpoint, dtype="auto", device="cpu", threads=1, progress=silent)
    asked = AskedPrompts(token_counter(loaded.capabilities.tokenizer))
    files = source_files(args.paths)
    timings = [
        _timing(loaded, asked, prompt)
        for stretch in drawn_stretches(files, args.files, LINES, 0)
        for prompt in _prompts(stretch, loaded)
    ]
    pace = fitted(timings)
    found = {"generations": len(timings), "pace": None if pace is None else asdict(pace)}
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0


def silent(percent: int, doing: str) -> None:
    """Progress of loading, which nobody waits for here."""


def _prompts(stretch: Stretch, loaded: LoadedModel) -> Iterator[Prompt]:
    settings = Settings().context
    count_tokens = token_counter(loaded.capabilities.tokenizer)
    for end in range(0, len(stretch.text), EVERY):
        context = CursorContext(
            uri="untitled:paced",
            path=stretch.file.path,
            language=stretch.file.language,
            prefix=stretch.before + stretch.text[:end],
            suffix=stretch.after,
        )
        yield build_prompt(
            context,
            max_tokens=settings.max_prompt_tokens,
            suffix_share=settings.suffix_share,
            count_tokens=count_tokens,
        )


def _timing(loaded: LoadedModel, asked: AskedPrompts, prompt: Prompt) -> Timing:
    completion = Settings().completion
    params = SamplingParams(n=completion.n, greedy_first=True, max_tokens=completion.max_line_tokens)
    cost = asked.cost(prompt, Priority.TYPING)
    started = time.thread_time()
    ids, tail = open_prompt(loaded, prompt)
    first_s: float | None = None
    steps = 0
    for deltas in loaded.runner.sample_steps(ids, params, lambda: False, tail):
        if not deltas:
            continue
        if first_s is None:
            first_s = time.thread_time() - started
        else:
            steps += 1
    asked.remember(prompt)
    total_s = time.thread_time() - started
    first_s = total_s if first_s is None else first_s
    step_ms = (total_s - first_s) * 1000 / steps if steps else None
    return Timing(new_tokens=cost.new, first_ms=first_s * 1000, step_ms=step_ms)


if __name__ == "__main__":
    sys.exit(main())
