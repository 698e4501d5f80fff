"""What an answer costs that no model is asked for: processor time of the pipeline in a long file, key by key.

    python -m benchmarks.reused_answers

Each key is an edit of the whole document and a request; a model that answers at once stands behind the pipeline, and
150 other answers for the same document are kept already. Times are this thread's own, so a busy machine changes them
little.
"""

import asyncio
import statistics
import sys
import time

from codex_lsp.completion.pipeline import CompletionRequest, Pipeline
from codex_lsp.completion.tier import Tier
from codex_lsp.config import CompletionSettings, Settings
from codex_lsp.models.scripted import ScriptedModel
from codex_lsp.types import CursorContext, Trigger

URI = "file:///long.py"
LINES = 10_000
KEPT = 150
SUGGESTED = "call(first, second, third=value) + another_name_that_is_long * 2 + fourth(1, 2)"


class LongFile:
    """A document of many lines with the cursor in the middle."""

    def __init__(self, line_end: str, mark: str) -> None:
        """Lines end with `line_end`; one line above the cursor holds `mark`."""
        lines = [f"    value_{number} = compute(value_{number - 1}, {number})" for number in range(LINES)]
        lines[1] += mark
        half = LINES // 2
        self.prefix = line_end.join((*lines[:half], "    result = "))
        self.suffix = line_end + line_end.join(lines[half:])
        settings = Settings(completion=CompletionSettings(debounce_ms=0, adaptive_debounce=False))
        self.pipeline = Pipeline(ScriptedModel([SUGGESTED]), settings, count_tokens_for=lambda _: len)
        self._version = 0

    async def key(self, typed: str, trigger: Trigger) -> tuple[Tier | None, float]:
        """The tier and the milliseconds of one edit and request."""
        self._version += 1
        prefix = self.prefix + typed
        text = prefix + self.suffix
        context = CursorContext(uri=URI, path="long.py", language="python", prefix=prefix, suffix=self.suffix)
        request = CompletionRequest(context=context, version=self._version, trigger=trigger, method="benchmark")
        began_s = time.thread_time()
        self.pipeline.document_changed(URI, text)
        completion = await self.pipeline.complete(request)
        return completion.tier, (time.thread_time() - began_s) * 1000


async def measure(line_end: str, mark: str) -> dict[Tier, list[float]]:
    """Milliseconds of every reused answer, by tier."""
    file = LongFile(line_end, mark)
    places = ["", *("x" * number + "(" for number in range(KEPT - 1))]
    typed = [SUGGESTED[:size] for size in range(1, len(SUGGESTED))]
    for place in places:
        await file.key(place, Trigger.INVOKED)
    found = [await file.key(text, Trigger.AUTOMATIC) for text in typed]
    found += [await file.key(place, Trigger.INVOKED) for place in places]
    await file.pipeline.close()
    return {tier: [spent for told, spent in found if told is tier] for tier in (Tier.TYPED, Tier.CACHE)}


def main() -> int:
    """Measure and report."""
    for line_end, mark, name in (("\n", "", "LF, ASCII"), ("\r\n", "  # 😋", "CRLF, an emoji")):
        for tier, times in asyncio.run(measure(line_end, mark)).items():
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
            sys.stdout.write(f"{LINES} lines, {name}, {tier}: n {len(times)}, p50 {p50:.2f} ms, p95 {p95:.2f} ms\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
