"""Building a prompt in a workspace of 10,000 files: `python -m benchmarks.workspace_context`.

Makes a workspace out of the source files under a folder, each copied under other names until there are enough, indexes
it, and builds prompts at drawn cursors, each in a region of its own, so that snippets are chosen anew for every one.
Times are of the processor, so that what else a machine does leaves them alone. Writes JSON to standard output.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from random import Random

from codex_lsp.config import ContextSettings
from codex_lsp.context.neighbours import Neighbours
from codex_lsp.context.prompt import build_prompt, snippet_room
from codex_lsp.context.source_index import SourceIndex
from codex_lsp.context.workspace_files import WorkspaceFiles, index_of
from codex_lsp.models.token_count import token_counter
from codex_lsp.types import CursorContext

TOKENIZER = Path(__file__).parent.parent / "codex_lsp" / "weights" / "tokenizer.json"
_PERCENT = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="a folder of source files, for example an installed package")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--prompts", type=int, default=300)
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        texts = _made(args.source, Path(folder), args.files)
        found = _measured(Path(folder), texts, args.prompts)
    json.dump(found, sys.stdout, indent=2)


def _made(source: Path, folder: Path, count: int) -> dict[Path, str]:
    """The workspace; every copy has names of its own, as other files would."""
    files = WorkspaceFiles(source)
    originals = [path.read_text(encoding="utf-8", errors="replace") for path in files.walk()]
    made: dict[Path, str] = {}
    for number, text in zip(range(count), cycle(originals), strict=False):
        copy = number // len(originals)
        path = folder / f"package_{copy}" / f"module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        made[path] = text.replace("self.", f"self.part{copy}_") if copy else text
        path.write_text(made[path], encoding="utf-8")
    return made


def _measured(folder: Path, texts: dict[Path, str], prompts: int) -> dict[str, float | int]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    index = index_of(folder)
    indexed_s = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    chosen, kept, used = _times(index, folder, texts, prompts)
    return {
        "files": len(index),
        "characters": index.characters,
        "index_s": round(indexed_s, 1),
        "index_mb": memory // 1024,
        "new_region_p50_ms": round(statistics.median(chosen), 2),
        "new_region_p95_ms": round(statistics.quantiles(chosen, n=_PERCENT)[-1], 2),
        "same_region_p50_ms": round(statistics.median(kept), 2),
        "same_region_p95_ms": round(statistics.quantiles(kept, n=_PERCENT)[-1], 2),
        "prompts": len(chosen),
        "prompts_with_snippets": used,
    }


def _times(
    index: SourceIndex, folder: Path, texts: dict[Path, str], prompts: int
) -> tuple[list[float], list[float], int]:
    """Milliseconds for a prompt in a new region and after one more character, and how many had snippets."""
    random, count_tokens = Random(0), token_counter(str(TOKENIZER))  # noqa: S311 - a seeded draw
    neighbours = Neighbours(index, ContextSettings())
    chosen: list[float] = []
    kept: list[float] = []
    used = 0
    for path in random.sample(sorted(texts), prompts):
        text = texts[path]
        cursor = random.randrange(len(text) + 1)
        for times, typed in ((chosen, ""), (kept, "x")):
            context = CursorContext(
                uri=path.as_uri(),
                path=path.relative_to(folder).as_posix(),
                language="python",
                prefix=text[:cursor] + typed,
                suffix=text[cursor:],
            )
            started = time.process_time()
            room = snippet_room(context, max_tokens=1024, share=0.25)
            snippets = neighbours.snippets(context, max_tokens=room, count_tokens=count_tokens)
            build_prompt(context, max_tokens=1024, suffix_share=0.25, count_tokens=count_tokens, snippets=snippets)
            times.append((time.process_time() - started) * 1000)
        used += bool(snippets)
    return chosen, kept, used


if __name__ == "__main__":
    main()
