"""The command that makes a result again, with folders by their last part: results do not tell where things lie."""

import argparse
import shlex


def command(args: argparse.Namespace) -> str:
    """The command line of `evaluate lines` for its arguments."""
    flags: list[tuple[str, object]] = [
        ("--model", args.model),
        ("--cursors", args.cursors),
        ("--seed", args.seed),
        ("--n", args.n),
        ("--combinations", args.combinations),
        ("--bytes", args.bytes),
        *(("--language", language) for language in args.language or ()),
        *(("--baseline-model", model) for model in args.baseline_model),
    ]
    if args.baseline_corpus is not None:
        flags += [("--baseline-corpus", args.baseline_corpus), ("--baseline-tokens", args.baseline_tokens)]
    words = [word for flag, value in flags if value is not None for word in (flag, last_part(value))]
    paths = [last_part(path.resolve()) for path in args.paths]
    return shlex.join(["codex-lsp", "evaluate", "lines", *paths, *words, "--json"])


def last_part(value: object) -> str:
    """The last part of a place on somebody's machine; other values, hub names among them, as they are.

    >>> last_part("/home/ada/models/tiny/"), last_part("Qwen/Qwen2.5-Coder-0.5B"), last_part(300)
    ('tiny', 'Qwen/Qwen2.5-Coder-0.5B', '300')
    """
    text = str(value)
    # A hub name, `ORG/NAME`, has one slash.
    is_place = text.startswith((".", "/", "~")) or text.count("/") > 1
    return text.rstrip("/").rpartition("/")[2] if is_place else text
