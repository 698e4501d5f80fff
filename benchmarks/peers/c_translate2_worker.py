"""The process of `c_translate2.py`, run as a file: it needs CTranslate2 alone, and once torch and transformers.

python c_translate2_worker.py FOLDER THREADS SITE_PACKAGES
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

WEIGHTS = "int8"
TEMPERATURE = 0.4
TOP_P = 0.95
END = "<|endoftext|>"


def say(answer: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def converted(folder: Path, packages: str) -> Path:
    """The weights in the library's own format, beside the checkpoint."""
    out = folder / f"ctranslate2-{WEIGHTS}"
    if not out.is_dir():
        sys.path.append(packages)
        converters: Any = importlib.import_module("ctranslate2.converters")
        converters.TransformersConverter(str(folder)).convert(str(out), quantization=WEIGHTS)
    return out


def counts(generator: Any, request: dict[str, Any]) -> list[int]:
    """How many tokens each row has."""
    result: Any = generator.generate_batch(
        [request["prompt"]],
        max_length=request["tokens"],
        min_length=0 if request["stops"] else request["tokens"],
        num_hypotheses=request["n"],
        sampling_topk=0,
        sampling_topp=TOP_P,
        sampling_temperature=TEMPERATURE,
        include_prompt_in_result=False,
        end_token=request["stops"] or [END],
    )[0]
    return [len(row) for row in result.sequences_ids]


def main() -> int:
    """Answer until the input ends."""
    folder, threads, packages = sys.argv[1:]
    try:
        library: Any = importlib.import_module("ctranslate2")
    except ImportError:
        say({"missing": f"not installed in {sys.executable}; name a Python that has it with --ctranslate2-python"})
        return 0
    try:
        weights = converted(Path(folder), packages)
    except Exception as error:  # noqa: BLE001 - whatever its converter does not know; the report says it
        say({"missing": f"its converter fails ({type(error).__name__}: {str(error)[:200]})"})
        return 0
    generator = library.Generator(str(weights), device="cpu", compute_type=WEIGHTS, intra_threads=int(threads))
    say({"version": f"ctranslate2 {library.__version__}, {WEIGHTS}"})
    for line in sys.stdin:
        try:
            say({"counts": counts(generator, json.loads(line))})
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            say({"failed": f"{type(error).__name__}: {error}"[:300]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
