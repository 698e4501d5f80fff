"""Holds llama.cpp to the same model in float32: greedy tokens through its server, log-probabilities of given text.

    python -m benchmarks.llama_cpp_agreement [PATH ...] [--model embedded] [--prompts 200] [--tokens 24] [--json]

Needs `pip install codex-lsp[train] llama-cpp-python[server]`. The model is exported as GGUF, in float32 and in Q8_0.
Prompts come from drawn cursors in the files of PATH (source files, folders, or a corpus folder, whose held-out files
are taken), else of the installed Python's standard library; every second one has text after the cursor.

*Greedy.* llama-cpp-python's server, keys and values in float32, is asked by the client that an editor's requests go
through, and its tokens are compared with those of our decoder, up to the first place where the two best logits of
`transformers`' float32 network are closer than 0.001: past such a near-tie rounding decides, and two texts go apart.

- `identical`: prompts whose tokens are the same up to there; `differing` names the others;
- `near_tie_share`: prompts that have such a place within the tokens compared;
- `cut`: answers that ended early because the server drops characters of several tokens;
- `prompt_mismatches`: prompts that llama.cpp cuts into other tokens than we do.

*Score.* What really follows each cursor, as many tokens of it, given to llama.cpp in this process (its server gives no
log-probabilities of given text). Differences to float32 are means of |difference| in nats per token:

- `f32`, `q8_0`: llama.cpp with the two files;
- `q8_0_weights`: the float32 network with weights that went through Q8_0;
- `q8_0_own`: that, and what its products read went through Q8_0 too, as llama.cpp does: the error of the format;
- `q8_0_ratio`: `q8_0` by `q8_0_own`; 1 says that the file adds nothing to the error of its format.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from benchmarks import standard_library
from benchmarks.llama_cpp_peer import Case, chosen, llama_cpp, llama_mismatches, llama_scores, serving
from benchmarks.q8_0 import round_products, round_weights
from codex_lsp.cli.evaluate.corpus import held_at
from codex_lsp.errors import CodexLspError, ModelNotFound
from codex_lsp.evaluation.cursors import Combination, cursor_at, drawn_places
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.models.registry import checkpoint_path
from codex_lsp.models.remote.openai import OpenAIModel
from codex_lsp.models.templates import defang
from codex_lsp.training.gguf_export import export_gguf
from codex_lsp.types import Delta, Header, Prompt, SamplingParams, Token

NEAR_TIE = 1e-3
PREFIX_CHARACTERS, SUFFIX_CHARACTERS = 1600, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A greedy row: the text of each token, its log-probability, and whether it ended before its server's end."""

    pieces: tuple[str, ...]
    logprobs: tuple[float | None, ...]


def drawn_cases(model: LoadedModel, paths: Sequence[Path], count: int, tokens: int, seed: int) -> list[Case]:
    """Prompts at drawn cursors; texts that hold control tokens are left out, since servers are shown them broken."""
    cases: list[Case] = []
    for place in drawn_places(held_at(paths, ()).files, 2 * count, seed):
        combination = (Combination.UNIFORM_WITH_SUFFIX, Combination.UNIFORM_LEFT_TO_RIGHT)[len(cases) % 2]
        cursor = cursor_at(place, combination)
        prefix, suffix = cursor.prefix[-PREFIX_CHARACTERS:], cursor.suffix[:SUFFIX_CHARACTERS]
        follows = place.file.text[len(cursor.prefix) :][: 16 * tokens]
        prompt = Prompt(header=Header(path=cursor.path, language=cursor.language), prefix=prefix, suffix=suffix)
        following = model.text_encoding(follows).ids[:tokens]
        whole = cursor.path + prefix + suffix
        if defang(model.template, whole) == whole and len(following) == tokens and len(cases) < count:
            cases.append(Case(prompt=prompt, ids=model.prompt_ids(prompt), following=tuple(following)))
    return cases


def row_of(deltas: Sequence[Delta]) -> Row:
    """The tokens of one row's deltas."""
    text = "".join(delta.text for delta in deltas)
    tokens: list[Token] = [token for delta in deltas for token in delta.tokens]
    ends = [0, *(token.end for token in tokens)]
    return Row(
        pieces=tuple(text[start:end] for start, end in pairwise(ends)),
        logprobs=tuple(token.logprob for token in tokens),
    )


async def served_rows(url: str, template: str, cases: Sequence[Case], tokens: int) -> list[Row]:
    """The greedy row of each prompt, by the client for other servers."""
    model = OpenAIModel(url, template=template)
    rows: list[Row] = []
    try:
        for case in cases:
            params = SamplingParams(n=1, max_tokens=tokens, temperature=0.0)
            async with aclosing(model.sample(case.prompt, params)) as deltas:
                rows.append(row_of([delta async for delta in deltas]))
    finally:
        await model.close()
    return rows


def own_rows(model: LoadedModel, cases: Sequence[Case], tokens: int) -> list[tuple[Row, tuple[int, ...]]]:
    """The greedy row of each prompt by our decoder, nothing healed, and its token ids."""
    params = SamplingParams(n=1, max_tokens=tokens, temperature=0.0)
    rows: list[tuple[Row, tuple[int, ...]]] = []
    for case in cases:
        deltas = list(model.runner.sample(case.ids, params, lambda: False))
        ids = [token.id for delta in deltas for token in delta.tokens if token.id is not None]
        rows.append((row_of(deltas), tuple(ids)))
    return rows


def logits_of(network: Any, ids: Sequence[int], last: int) -> Tensor:
    """The logits that the last `last` tokens of `ids` are drawn from."""
    with torch.inference_mode():
        return network(torch.tensor([ids])).logits[0, -last - 1 : -1].float()


def first_near_tie(network: Any, case: Case, ids: tuple[int, ...], tokens: int) -> int:
    """How many tokens come before the two best logits are all but equal; `tokens` where they never are."""
    best = logits_of(network, (*case.ids, *ids, 0), len(ids) + 1).topk(2).values
    close = (best[:, 0] - best[:, 1] < NEAR_TIE).nonzero()
    return min(tokens, int(close[0])) if len(close) else tokens


def greedy_figures(
    network: Any, cases: Sequence[Case], ours: list[tuple[Row, tuple[int, ...]]], theirs: list[Row], tokens: int
) -> dict[str, Any]:
    """How the two sets of rows compare."""
    ties = [first_near_tie(network, case, ids, tokens) for case, (_, ids) in zip(cases, ours, strict=True)]
    differing: list[dict[str, Any]] = []
    apart: list[float] = []
    cut = compared = 0
    for case, (own, _), row, tie in zip(cases, ours, theirs, ties, strict=True):
        # A character of several tokens: the client ends the row before it, and what was told is compared.
        is_cut = len(row.pieces) < len(own.pieces) and not "".join(own.pieces).isascii()
        cut += is_cut
        end = min(tie, len(row.pieces)) if is_cut else tie
        compared += len(own.pieces[:end])
        if own.pieces[:end] != row.pieces[:end]:
            path = None if case.prompt.header is None else case.prompt.header.path
            differing.append({"path": path, "ours": own.pieces[:end], "theirs": row.pieces[:end]})
        pairs = zip(own.logprobs[:end], row.logprobs[:end], strict=False)
        apart += [abs(a - b) for a, b in pairs if a is not None and b is not None]
    near = sum(tie < tokens for tie in ties)
    return {
        "identical": len(cases) - len(differing),
        "differing": differing,
        "compared_tokens": compared,
        "near_ties": near,
        "near_tie_share": near / len(cases),
        "cut": cut,
        "logprob_difference": {"mean": statistics.fmean(apart), "max": max(apart)},
    }


def network_scores(network: Any, cases: Sequence[Case]) -> list[list[float]]:
    """A network's log-probabilities of what follows each prompt."""
    return [
        chosen(logits_of(network, (*case.ids, *case.following), len(case.following)), case.following) for case in cases
    ]


def difference(ours: list[list[float]], theirs: list[list[float]]) -> float:
    """The mean of |difference|, in nats per token."""
    pairs = zip(chain.from_iterable(ours), chain.from_iterable(theirs), strict=True)
    return statistics.fmean(abs(a - b) for a, b in pairs)


def score_figures(
    open_network: Callable[[], Any], folder: Path, files: dict[str, Path], cases: Sequence[Case], context: int
) -> dict[str, float]:
    """How far from float32 each is."""
    network = open_network()
    exact = network_scores(network, cases)
    found = {kind: difference(exact, llama_scores(files[kind], cases, context)) for kind in ("f32", "q8_0")}
    round_weights(network, folder, files["q8_0"])
    found["q8_0_weights"] = difference(exact, network_scores(network, cases))
    round_products(network)
    found["q8_0_own"] = difference(exact, network_scores(network, cases))
    return found | {"q8_0_ratio": found["q8_0"] / found["q8_0_own"]}


def compare(model: str, paths: Sequence[Path], *, prompts: int, tokens: int, seed: int) -> dict[str, Any]:
    """Compare, and give the figures.

    Raises:
        CodexLspError: The model or the material cannot be used.
    """
    folder = checkpoint_path(model, working_folder=True)
    if isinstance(folder, str):
        raise ModelNotFound(f"{model}: no such folder; name a model folder or `embedded`")
    loaded = load_model(folder.name, folder, dtype="float32", device="cpu", threads=1, progress=lambda _, __: None)
    context = loaded.capabilities.max_context
    cases = drawn_cases(loaded, paths, prompts, tokens, seed)

    def network() -> Any:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()

    with tempfile.TemporaryDirectory() as place:
        files = {kind: Path(place) / f"codex-lsp-{kind}.gguf" for kind in ("f32", "q8_0")}
        for kind, path in files.items():
            export_gguf(folder, path, weight_type=kind)
        with serving(files["f32"], context=context) as url:
            theirs = asyncio.run(served_rows(url, loaded.template.name, cases, tokens))
        greedy = greedy_figures(network(), cases, own_rows(loaded, cases, tokens), theirs, tokens)
        mismatches = llama_mismatches(files["f32"], loaded, cases)
        score = score_figures(network, folder, files, cases, context)
    versions = {"llama-cpp-python": llama_cpp().__version__, "torch": torch.__version__}
    asked = {"prompts": len(cases), "tokens": tokens, "seed": seed, "prompt_mismatches": mismatches}
    return asked | {"greedy": greedy, "score": score, "versions": versions}


def main() -> int:
    """Compare, and print the figures; fails where tokens differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--model", default="embedded", help="`embedded`, or a Hugging Face model folder")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if find_spec("llama_cpp") is None:
        sys.stderr.write("llama_cpp_agreement: needs llama.cpp: pip install 'llama-cpp-python[server]'\n")
        return 1
    torch.set_num_threads(1)
    paths = args.paths or [standard_library.folder()]
    try:
        found = compare(args.model, paths, prompts=args.prompts, tokens=args.tokens, seed=args.seed)
    except CodexLspError as error:
        sys.stderr.write(f"llama_cpp_agreement: {error}\n")
        return 1
    sys.stdout.write(json.dumps(found, indent=None if args.json else 2) + "\n")
    return 1 if found["greedy"]["differing"] else 0


if __name__ == "__main__":
    sys.exit(main())
