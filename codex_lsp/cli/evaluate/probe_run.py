"""One experiment of the paper, run with each model that is named: table, JSON and chart."""

import argparse
import asyncio
import json
import os
import shlex
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codex_lsp import __version__
from codex_lsp.cli.evaluate.command import last_part
from codex_lsp.cli.evaluate.lines import distinct
from codex_lsp.cli.evaluate.measured_model import settings_of_model, weights_sha256
from codex_lsp.cli.evaluate.probe_made import made
from codex_lsp.cli.output import progress, write_json, write_line
from codex_lsp.config import Settings
from codex_lsp.errors import UsageError
from codex_lsp.evaluation.probes.asking import Sampling, ask, questions_sha256
from codex_lsp.evaluation.probes.chart import chart
from codex_lsp.evaluation.probes.judged import Findings, Judged
from codex_lsp.evaluation.probes.probe import Probe
from codex_lsp.evaluation.probes.question import Answered, Question
from codex_lsp.evaluation.probes.table import table
from codex_lsp.evaluation.sampling import TOP_P
from codex_lsp.models.registry import EMBEDDED, EMBEDDED_S, checkpoint_path, open_model
from codex_lsp.statistics.picture import check_installed
from codex_lsp.training.manifest import versions

RESULT, JUDGED = "result.json", "judged.jsonl"
_NOT_FLAGS = frozenset({"command", "measure", "run", "out", "json", "paths"})


def run_experiment(args: argparse.Namespace) -> int:
    """Ask, judge, and tell.

    Raises:
        UsageError: A path or the folder of the results is wrong.
        ModelError: A model failed.
        SandboxUnavailable: Answers have to be run, and nothing here does that safely.
        MissingExtra: A chart is wanted, and what draws is not installed.
    """
    started = time.monotonic()
    if args.out is not None:
        check_installed()
    models = _models(args.model)
    with ExitStack() as opened:
        probe = made(args, opened)
        folder = args.out or Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="codex-lsp-probe-")))
        questions = probe.questions()
        sampling = Sampling(n=args.n, seed=args.seed, temperature=args.temperature)
        found: dict[str, Findings] = {}
        unanswered: dict[str, int] = {}
        for name, settings in models.items():
            progress(f"{name}: {len(questions)} prompts")
            answered = asyncio.run(_asked(settings, questions, sampling, folder / name))
            judged = probe.judge(answered, progress)
            _write_judged(folder / name, judged)
            found[name] = probe.findings(judged)
            unanswered[name] = sum(not one.samples for one in answered)
        result = {
            "probe": probe.name,
            "models": {name: findings.to_json() for name, findings in found.items()},
            "unanswered": unanswered,
            "manifest": _manifest(args, models, questions, sampling, elapsed_s=time.monotonic() - started),
        }
        if args.out is not None:
            _write_files(args.out, probe, found, result)
    if args.json:
        write_json(result)
    else:
        for line in table(probe.labels, found):
            write_line(line)
    return 0


def _models(names: Sequence[str] | None) -> dict[str, Settings]:
    """The settings of each model, by the name that its results have."""
    chosen = [settings_of_model(name) for name in names or (None,)]
    return dict(zip(distinct([_shown(one) for one in chosen]), chosen, strict=True))


def _shown(settings: Settings) -> str:
    """The name of a model's results, and of their folder."""
    if settings.endpoint.url:
        name = settings.endpoint.model or "endpoint"
    else:
        path = checkpoint_path(settings.model, working_folder=True)
        is_ours = settings.model in (EMBEDDED, EMBEDDED_S)
        name = path.name if isinstance(path, Path) and not is_ours else settings.model
    return name.replace("/", "--")


async def _asked(settings: Settings, questions: Sequence[Question], sampling: Sampling, folder: Path) -> list[Answered]:
    model = open_model(settings, environment=os.environ, in_process=True)
    try:
        return await ask(model, questions, sampling, folder, progress, weights=weights_sha256(settings) or "")
    finally:
        await model.close()


def _write_judged(folder: Path, judged: Sequence[Judged]) -> None:
    text = "".join(json.dumps(asdict(one)) + "\n" for one in judged)
    _write(folder / JUDGED, text.encode())


def _write_files(folder: Path, probe: Probe, found: Mapping[str, Findings], result: Mapping[str, Any]) -> None:
    _write(folder / RESULT, json.dumps(result, indent=2).encode() + b"\n")
    _write(folder / f"{probe.name}.svg", chart(probe.labels, found))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); name another --out") from error


def _manifest(
    args: argparse.Namespace,
    models: Mapping[str, Settings],
    questions: Sequence[Question],
    sampling: Sampling,
    *,
    elapsed_s: float,
) -> dict[str, Any]:
    return {
        "kind": "probe",
        "command": _command(args),
        "models": {name: {"weights_sha256": weights_sha256(settings)} for name, settings in models.items()},
        "versions": {"codex-lsp": __version__, **versions("torch", "transformers", "tokenizers", "numpy")},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **asdict(sampling),
        "top_p": TOP_P,
        "max_tokens": max((question.max_tokens for question in questions), default=0),
        "questions": len(questions),
        "questions_sha256": questions_sha256(questions),
        "elapsed_s": round(elapsed_s, 1),
    }


def _command(args: argparse.Namespace) -> str:
    """The command line that makes a result again, with folders by their last part."""
    words = [last_part(path.resolve()) for path in getattr(args, "paths", ())]
    for name, value in vars(args).items():
        if name in _NOT_FLAGS or value is None:
            continue
        flag = f"--{name.replace('_', '-')}"
        if name == "contexts":
            words += [flag, *map(last_part, value)]
        else:
            words += [
                word for one in (value if isinstance(value, list) else [value]) for word in (flag, last_part(one))
            ]
    return shlex.join(["codex-lsp", "evaluate", args.measure, *words, "--json"])
