"""How an exported model does on packages it never saw: the headline of what `codex-lsp evaluate lines` measures."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codex_lsp import __version__
from codex_lsp.config import Settings
from codex_lsp.context.exclusion import is_secret
from codex_lsp.evaluation.cursors import HEADLINE
from codex_lsp.evaluation.lines import LinesOptions, material_for, measure_lines, measured_settings
from codex_lsp.evaluation.manifest import Provenance, manifest
from codex_lsp.evaluation.report import report
from codex_lsp.evaluation.source_files import SourceFile
from codex_lsp.models.local import LocalModel
from codex_lsp.training.documents import documents_in_order
from codex_lsp.training.manifest import versions


def evaluate_heldout(
    model_folder: Path, corpus: Path, *, cursors: int, seed: int, notify: Callable[[str], None]
) -> dict[str, Any]:
    """Measure an exported model; the same arguments give the same figures but for times.

    The command itself measures the other combinations and the baselines.

    Args:
        model_folder: A folder that `export.export_run` wrote.
        corpus: The corpus whose held-out packages are read.
        cursors: How many to draw.
        seed: Decides all draws.
        notify: Told the progress.

    Raises:
        TrainingError: The corpus holds nothing out.
        ModelError: The model cannot be loaded.
    """
    # Those that the command reads: a file more would draw other places.
    documents = [
        found for found in documents_in_order(corpus, "heldout") if found.text.strip() and not is_secret(found.path)
    ]
    files = [SourceFile(path=found.path, language=found.language, text=found.text) for found in documents]
    options = LinesOptions(cursors=cursors, seed=seed, combinations=(HEADLINE,))
    settings = measured_settings(Settings(), None)
    started = time.monotonic()
    found = asyncio.run(_measured(model_folder, files, settings, options, notify))
    made = Provenance(
        command=f"codex-lsp evaluate lines {corpus.name} --model {model_folder.name} --cursors {cursors} "
        f"--seed {seed} --combinations {HEADLINE} --json",
        versions={
            "codex-lsp": __version__,
            **versions("torch", "transformers", "tokenizers"),
        },
        packages=tuple(sorted({found.package for found in documents})),
        elapsed_s=time.monotonic() - started,
    )
    return {**found, "manifest": manifest(model_folder.name, files, settings, options, made)}


async def _measured(
    folder: Path,
    files: Sequence[SourceFile],
    settings: Settings,
    options: LinesOptions,
    notify: Callable[[str], None],
) -> dict[str, Any]:
    model = LocalModel(folder.name, folder, settings.engine)
    try:
        material = await material_for(model, files, options)
        result = await measure_lines(model, material, settings, options, notify)
    finally:
        await model.close()
    return {**report(result), "baselines": {}}
