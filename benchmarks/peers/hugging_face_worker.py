"""The process of `hugging_face.py`: `python -m benchmarks.peers.hugging_face_worker FOLDER THREADS`.

Both float32 and bfloat16 are tried on one request, and the faster one serves; which one that is is written beside the
checkpoint, so that a cold start does not pay for the trial.
"""

import copy
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache

from benchmarks.peers.peer import STOPS, TEMPERATURE, TOP_P

FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
TRIAL_TOKENS = 256
TRIAL_NEW = 8


class Generator:
    """A model, its tokenizer, and what of the last prompt is kept."""

    def __init__(self, folder: str) -> None:
        """Load both and choose a number format."""
        transformers.logging.set_verbosity_error()
        load: Any = AutoTokenizer.from_pretrained
        self._tokenizer = load(folder)
        entries: dict[str, int] = self._tokenizer.get_vocab()
        self._stops = [id_ for token, id_ in entries.items() if any(stop in token for stop in STOPS)]
        self._ids: list[int] = []
        self._cache = DynamicCache()
        chosen = Path(folder, f"transformers-{torch.get_num_threads()}-threads.txt")
        names = [chosen.read_text(encoding="utf-8")] if chosen.is_file() else list(FORMATS)
        trials: list[tuple[float, str, Any]] = []
        for name in names:
            self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=FORMATS[name]).eval()
            trials.append((self._trial_s() if len(names) > 1 else 0.0, name, self._model))
        _, self.format, self._model = min(trials, key=lambda trial: trial[0])
        chosen.write_text(self.format, encoding="utf-8")

    def counts(self, request: dict[str, Any]) -> list[int]:
        """How many tokens each row has."""
        encoded: list[int] = self._tokenizer(request["text"], add_special_tokens=False)["input_ids"]
        stops = self._stops if request["stops"] else []
        options: dict[str, Any] = {"eos_token_id": stops} if stops else {}
        ids = torch.tensor([encoded])
        if request["kept"]:
            options["past_key_values"] = self._kept(encoded, request["n"])
            ids = ids.expand(request["n"], -1)
        else:
            options["num_return_sequences"] = request["n"]
        rows = self._generate(ids, request["tokens"], options)[:, len(encoded) :]
        ends = set(stops)
        return [next((at for at, id_ in enumerate(row.tolist()) if id_ in ends), len(row)) for row in rows]

    def _generate(self, ids: Tensor, tokens: int, options: dict[str, Any]) -> Tensor:
        return self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            do_sample=True,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            pad_token_id=self._tokenizer.pad_token_id,
            **options,
        )

    def _kept(self, ids: list[int], rows: int) -> DynamicCache:
        """Keys and values of all tokens but the last, those that were kept not read again, once for each row."""
        same = next((place for place, pair in enumerate(zip(ids, self._ids, strict=False)) if pair[0] != pair[1]), None)
        kept = min(len(ids), len(self._ids)) if same is None else same
        kept = min(kept, len(ids) - 1)
        surplus = self._cache.get_seq_length() - kept
        if surplus > 0:
            self._cache.crop(-surplus)
        if len(ids) - 1 > kept:
            self._model(torch.tensor([ids[kept:-1]]), past_key_values=self._cache, logits_to_keep=1)
        self._ids = ids[:-1]
        cache = copy.deepcopy(self._cache)
        cache.batch_repeat_interleave(rows)
        return cache

    def _trial_s(self) -> float:
        ids = torch.full((1, TRIAL_TOKENS), self._stops[0])
        # The first call allocates; the second one is timed.
        self._generate(ids, TRIAL_NEW, {"num_return_sequences": 4})
        start = time.perf_counter()
        self._generate(ids, TRIAL_NEW, {"num_return_sequences": 4})
        return time.perf_counter() - start


@torch.inference_mode()
def main() -> int:
    """Answer until the input ends."""
    folder, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    generator = Generator(folder)
    say({"version": f"transformers {transformers.__version__}, {generator.format}"})
    for line in sys.stdin:
        say({"counts": generator.counts(json.loads(line))})
    return 0


def say(answer: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
