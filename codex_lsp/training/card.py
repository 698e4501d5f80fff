"""The model card of an export: what the model is, saw, and scores, all of it read from its manifest."""

from collections.abc import Mapping
from typing import Any

from codex_lsp.training.scores import score_lines

_HEAD = """---
license: mit
library_name: transformers
pipeline_tag: text-generation
tags: [code, fill-in-the-middle, python]
---

# Embedded code model of codex-lsp

A small decoder for Python completion, trained from scratch so that completion works with no network.
It finishes lines in a plausible form and is often wrong about content. Use a larger model for anything that matters.
"""


def model_card(manifest: Mapping[str, Any]) -> str:
    """The card's Markdown for an export's manifest."""
    return "\n".join(
        [_HEAD, *_shape(manifest), "", *_saw(manifest), "", *score_lines(manifest["evaluation"]), "", *_layouts(), ""]
    )


def _shape(manifest: Mapping[str, Any]) -> list[str]:
    network = manifest["run"]["settings"]["network"]
    # Rows of problems are as long as problems are: what a model knows of positions it has from the stage before.
    settings = [run["settings"] for run in stages(manifest) if "problems" not in run][-1]
    return [
        "## Shape",
        "",
        f"`Qwen3ForCausalLM`, {manifest['parameters'] / 1e6:.1f} M parameters (embedding tied), "
        f"{network['num_hidden_layers']} layers x {network['hidden_size']}, {network['num_attention_heads']} heads x "
        f"{network['head_dim']}, {network['num_key_value_heads']} key-value heads, vocabulary {network['vocab_size']}, "
        f"bfloat16. Trained on rows of {settings['row_length']} and, for the last {settings['long_share']:.0%}, "
        f"{settings['long_row_length']} tokens; at most {network['max_position_embeddings']} positions.",
    ]


def _saw(manifest: Mapping[str, Any]) -> list[str]:
    corpus = manifest["corpus"]
    pretrained = [(run, end) for run, end in _ends(manifest) if "problems" not in run]
    tokens = sum(end["tokens"] for _, end in pretrained)
    minutes = sum(end["elapsed_s"] for _, end in pretrained) / 60
    steps = sum(end["step"] for _, end in pretrained)
    in_stages = f" in {len(pretrained)} stages" if len(pretrained) > 1 else ""
    shares = " and ".join(f"{run['settings']['fim']['rate']:.0%}" for run, _ in pretrained)
    train = corpus["splits"]["train"]
    removed = ", ".join(f"{count} {reason}" for reason, count in corpus["removed"].items() if count)
    check = manifest["tokenizer"].get("gguf_check")
    lines = [
        "## What it saw",
        "",
        f"{tokens / 1e6:.1f} M tokens in {minutes:.0f} minutes ({steps} steps{in_stages}), "
        f"drawn from a corpus of {train['files']} files ({train['characters'] / 1e6:.0f} M "
        f"characters) of {len(_learned(corpus))} permissively licensed packages, the standard library among them. "
        "`manifest.json` names each with version and licence, and each that was refused with the reason. "
        f"{_earlier(manifest)}Of the pieces {shares} are fill-in-the-middle examples.",
        "",
        f"Files removed by the filters: {removed}."
        + (
            " Files that share a 13-word window with public benchmark problems are among them."
            * corpus["decontaminated"]
        ),
    ]
    lines += [line for run, end in _ends(manifest) if "problems" in run for line in _learned_from_problems(run, end)]
    if check:
        lines += [
            "",
            f"The tokenizer's split is llama.cpp's `{manifest['tokenizer']['pre_tokenizer']}`: "
            f"{check['files']} files gave {check['mismatches']} differences in {check['tokens']} tokens.",
        ]
    return lines


def _learned(corpus: Mapping[str, Any]) -> set[str]:
    """The packages of a corpus that models learn from."""
    return {package["name"] for package in corpus["packages"] if package["split"] == "train" and package["files"]}


def _earlier(manifest: Mapping[str, Any]) -> str:
    """What stages on other corpora learned from, and which packages that now are held out were among it."""
    now = manifest["corpus"]
    others = {run["corpus_sha256"]: run["corpus"] for run in stages(manifest)[:-1] if "corpus" in run}
    others.pop(now["splits"]["train"]["sha256"], None)
    if not others:
        return ""
    learned = set[str]().union(*map(_learned, others.values()))
    known = sorted(learned & {package["name"] for package in now["packages"] if package["split"] == "heldout"})
    warning = f"What is held out now was learned from then: {', '.join(known)}. " if known else ""
    return f"Earlier stages drew from {len(learned)} packages of another corpus, named there too. {warning}"


def _learned_from_problems(run: Mapping[str, Any], end: Mapping[str, Any]) -> list[str]:
    """A stage of supervised fine-tuning."""
    counts, how = run["problems"], run["settings"]["supervised"]
    learned = {
        "codex-s": "bodies of functions from their signatures and docstrings",
        "codex-d": "docstrings of functions from their signatures and bodies",
    }[how["member"]]
    mixed = f", {how['mix']:.0%} of the loss being that of rows of the corpus as before," if how["mix"] else ""
    return [
        "",
        f"Then fine-tuned ({how['member']}) on {learned}{mixed} with {counts['train']} problems of "
        f"{counts['families'] - counts['heldout_families']} families, each verified by running it, in "
        f"{end['elapsed_s'] / 60:.0f} minutes ({end['step']} steps); {counts['heldout']} problems of "
        f"{counts['heldout_families']} other families said when it was enough.",
    ]


def stages(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The manifests of the training's stages, the first one first."""
    runs = [manifest["run"]]
    while "started_from" in runs[0]:
        runs.insert(0, runs[0]["started_from"])
    return runs


def _ends(manifest: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each stage and where it ended, the first one first."""
    runs = stages(manifest)
    return [*((run, run["position"]) for run in runs[:-1]), (runs[-1], manifest["position"])]


def _layouts() -> list[str]:
    return [
        "## Prompts",
        "",
        "Every document begins with `<|file_sep|>`, its language identifier, a blank, its relative path and a line "
        "end. Then either its text, or (for prefix P, suffix S) `<|fim_suffix|>`S`<|fim_prefix|>`P`<|fim_middle|>` or "
        "`<|fim_prefix|>`P`<|fim_suffix|>`S`<|fim_middle|>`. `<|endoftext|>` ends a document and every middle. There "
        "is no token for a beginning. Serving sends the suffix first and the cursor's own line after "
        "`<|fim_middle|>`, where the model goes on from it best.",
    ]
