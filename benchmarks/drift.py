"""Measures what narrower weights cost: the same candidates scored in float32 and in another dtype, on a CPU.

    python -m benchmarks.drift [--model DIR] [--dtype int8] [--files DIR] [--prompts 500] [--json]

For each prompt the float32 model samples four candidates as completion does (one greedy, three by nucleus, 24 tokens
at most); both models score the same tokens. Prompts end at drawn cursors of Python files: the standard library's own,
or those of `--files`.

- `drift`: mean of |difference of the candidates' mean log-probabilities|; `drift_p95`: its 95th percentile;
- `same_best`: the share of prompts whose best candidate is the same;
- `candidates`, `prompts`: how many there were; prompts whose candidates are all alike are not counted.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks import standard_library
from codex_lsp.decoding.runner import Runner
from codex_lsp.errors import CodexLspError
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.models.local_prompt import open_prompt
from codex_lsp.types import Header, Prompt, SamplingParams

EMBEDDED = Path(__file__).resolve().parent.parent / "codex_lsp" / "weights"
PARAMS = SamplingParams(n=4, greedy_first=True, max_tokens=24, temperature=0.4, top_p=0.95)
PREFIX_CHARACTERS = 2_000
MAX_FILE_BYTES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Mean log-probabilities of one prompt's different candidates, in both precisions."""

    wide: tuple[float, ...]
    narrow: tuple[float, ...]


def silent(percent: int, doing: str) -> None:
    """Progress of loading, which nobody waits for here."""


def drawn_prompts(folder: Path, count: int, seed: int = 0) -> Iterator[Prompt]:
    """Prompts at drawn cursors of drawn files.

    Raises:
        OSError: No file of the folder can be read.
    """
    random = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    found = [path for path in sorted(folder.rglob("*.py")) if 400 < path.stat().st_size < MAX_FILE_BYTES]  # noqa: PLR2004
    if not found:
        message = f"{folder}: holds no Python file of ordinary size; name another with --files"
        raise FileNotFoundError(message)
    for _ in range(count):
        path = random.choice(found)
        text = path.read_text(encoding="utf-8", errors="ignore")
        cursor = random.randrange(len(text) // 4, len(text))
        header = Header(path=str(path.relative_to(folder)), language="python")
        yield Prompt(header=header, prefix=text[max(0, cursor - PREFIX_CHARACTERS) : cursor])


def compared(wide: LoadedModel, narrow: LoadedModel, prompt: Prompt, seed: int) -> Compared:
    """Sample with the wide model, and score with both.

    Raises:
        CodexLspError: A model gives no numbers.
    """
    ids, tail = open_prompt(wide, prompt)
    rows: dict[int, list[int]] = {row: [] for row in range(PARAMS.n)}
    for delta in wide.runner.sample(ids, replace(PARAMS, seed=seed), lambda: False, tail):
        rows[delta.index] += [token.id for token in delta.tokens if token.id is not None]
    head = () if tail is None else wide.runner.head(ids, tail, lambda: False).ids
    different = sorted({tuple(row) for row in rows.values() if row})
    return Compared(
        wide=tuple(_mean(wide.runner, (*ids, *head), row) for row in different),
        narrow=tuple(_mean(narrow.runner, (*ids, *head), row) for row in different),
    )


def _mean(runner: Runner, prompt: tuple[int, ...], row: tuple[int, ...]) -> float:
    return statistics.fmean(runner.score(prompt, row, lambda: False))


def report(results: list[Compared]) -> dict[str, float | int]:
    """The figures over all prompts."""
    drifts = sorted(abs(a - b) for result in results for a, b in zip(result.wide, result.narrow, strict=True))
    several = [result for result in results if len(result.wide) > 1]
    same = sum(_best(result.wide) == _best(result.narrow) for result in several)
    return {
        "drift": round(statistics.fmean(drifts), 5),
        "drift_p95": round(drifts[int(0.95 * (len(drifts) - 1))], 5),
        "same_best": round(same / len(several), 4) if several else 1.0,
        "prompts": len(several),
        "candidates": len(drifts),
    }


def _best(means: tuple[float, ...]) -> int:
    return max(range(len(means)), key=lambda place: means[place])


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=EMBEDDED, metavar="DIR")
    parser.add_argument("--dtype", choices=("int8", "bfloat16"), default="int8")
    parser.add_argument("--files", type=Path, default=standard_library.folder(), metavar="DIR")
    parser.add_argument("--prompts", type=int, default=500, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        wide, narrow = (
            load_model("model", args.model, dtype=dtype, device="cpu", threads=args.threads, progress=silent)
            for dtype in ("float32", args.dtype)
        )
        prompts = drawn_prompts(args.files, args.prompts)
        results = [compared(wide, narrow, prompt, seed) for seed, prompt in enumerate(prompts)]
    except (CodexLspError, OSError) as error:
        sys.stderr.write(f"drift: {error}\n")
        return 1
    found = report([result for result in results if result.wide])
    text = json.dumps(found) if args.json else "\n".join(f"{name:12} {value}" for name, value in found.items())
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
