"""`train adapt` as a function: a repository's files in, an adapter out where it helps on files that were held out."""

import hashlib
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from safetensors import SafetensorError

from codex_lsp.errors import AdapterUnusable, TrainingError, UsageError
from codex_lsp.models.adapter import ADAPTER_KIND, ADAPTER_MANIFEST, read_adapter, weights_sha256
from codex_lsp.models.local_adapters import AdaptedRunners
from codex_lsp.models.local_loading import LoadedModel, load_model
from codex_lsp.training.adapt_files import Repository, read_repository
from codex_lsp.training.adapt_lora import Adaptation, Learned, LoraSettings, end_of_text_id, use_all_cores
from codex_lsp.training.adapt_measure import Measure, measure
from codex_lsp.training.adapt_rows import Examples
from codex_lsp.training.documents import Document
from codex_lsp.training.fim import FimOptions
from codex_lsp.training.folders import on_disk, partial_beside, put_in_place
from codex_lsp.training.manifest import versions, write_manifest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

RULE = "kept where held-out files take fewer bits per byte and no fewer lines are completed exactly"

_REPORT_EVERY_S = 2.0
WANTED_STEPS = 60
MIN_BATCH_TOKENS = 512
CHARACTERS_PER_TOKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """The model that is adapted, as `models.local_loading.load_model` takes it."""

    name: str
    checkpoint: Path | str
    dtype: str = "auto"
    device: str = "auto"
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptOptions:
    """What one adaptation is given.

    Attributes:
        repository: Whose files are learned from.
        out: The adapter's folder.
        base: The model.
        max_seconds: Of learning; measuring comes on top.
        cursors: Places in held-out files at which lines are completed, before and after.
        disabled_languages: Languages whose files are not read.
        lora: How it learns.
        fim: Which spans are taken out of the examples.
    """

    repository: Path
    out: Path
    base: BaseModel
    max_seconds: float = 240.0
    cursors: int = 200
    disabled_languages: tuple[str, ...] = ()
    lora: LoraSettings = field(default_factory=LoraSettings)
    fim: FimOptions = field(default_factory=FimOptions)


def adapt(options: AdaptOptions, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    """Adapt a model and keep the adapter if it helps; whatever happens, nothing half-written stays.

    A stop while it learns ends the learning, and what was learned is measured and kept or not; a stop while it
    measures ends everything.

    Returns:
        The manifest, `kept` in it.

    Raises:
        UsageError: The repository or the model is not there, or `out` is another folder than an adapter's.
        TrainingError: There is too little to learn from, the model cannot be adapted, or the disk is full.
    """
    with _kept_ready(options.out) as partial:
        return _adapted(options, partial, stop, notify)


def _adapted(options: AdaptOptions, partial: Path, stop: Event, notify: Callable[[str], None]) -> dict[str, Any]:
    repository = read_repository(options.repository, disabled_languages=options.disabled_languages)
    notify(f"{len(repository.train)} files to learn from, {len(repository.heldout)} held out")
    run = _Run(options, repository, _loaded(options.base, notify), stop, notify)
    try:
        return run.done(partial)
    except _Stopped as stopped:
        raise TrainingError("stopped before an adapter could be measured; nothing was kept") from stopped


class _Stopped(Exception):
    """The person asked for an end."""


class _Run:
    """One adaptation: a repository, a loaded model, and who may stop it."""

    def __init__(
        self,
        options: AdaptOptions,
        repository: Repository,
        loaded: LoadedModel,
        stop: Event,
        notify: Callable[[str], None],
    ) -> None:
        self._options = options
        self._repository = repository
        self._loaded = loaded
        # It was loaded to be trained.
        self._model = cast("PreTrainedModel", loaded.model)
        self._stop = stop
        self._notify = notify
        self._told = time.monotonic()

    def done(self, partial: Path) -> dict[str, Any]:
        """Measure, learn, measure again, decide; the adapter is written into `partial`, and moved where it is kept."""
        adaptation = Adaptation(self._model, self._options.lora)
        before = self._measured(None)
        learned = self._learned(adaptation)
        # A first stop ends the learning only.
        self._stop.clear()
        try:
            return self._decided(partial, adaptation, before, learned)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"{self._options.out}: cannot be written ({error}); mend that and run it again; nothing was kept"
            ) from error

    def _measured(self, adapter: Path | None) -> Measure:
        """Measure the model, or what the engine would serve of it with an adapter."""
        runner = self._loaded.runner if adapter is None else AdaptedRunners(self._loaded, {"": adapter}).get("")
        self._notify("measuring on the held-out files, " + ("before" if adapter is None else "after"))
        return measure(
            self._loaded,
            runner,
            self._repository.heldout,
            cursors=self._options.cursors,
            seed=self._options.lora.seed,
            tick=self._tick,
        )

    def _tick(self, share: float) -> None:
        if self._stop.is_set():
            raise _Stopped
        if time.monotonic() - self._told >= _REPORT_EVERY_S:
            self._told = time.monotonic()
            self._notify(f"{share:.0%} measured")

    def _learned(self, adaptation: Adaptation) -> Learned:
        options = self._options
        end = end_of_text_id(self._model)
        examples = Examples(self._loaded, self._repository.train, options.fim, end=end, seed=options.lora.seed)

        def spent(elapsed_s: float) -> float:
            return max(elapsed_s / options.max_seconds, examples.passes / options.lora.max_passes)

        batches = examples.batches(_batch_tokens(options.lora, self._repository))
        learned = adaptation.learn(batches, spent, self._stop.is_set, self._notify)
        if not learned.steps:
            raise _Stopped
        self._notify(f"{learned.steps} steps, {learned.tokens} tokens in {learned.elapsed_s:.0f} s")
        return learned

    def _decided(self, partial: Path, adaptation: Adaptation, before: Measure, learned: Learned) -> dict[str, Any]:
        """Write the adapter beside its place, measure it there as the engine would read it, and move it or not."""
        adaptation.save(partial, self._options.base.name)
        manifest = self._manifest(before, learned)
        write_manifest(partial / ADAPTER_MANIFEST, manifest)
        after = self._measured(partial)
        kept = after.bits_per_byte < before.bits_per_byte and after.line_exact_match >= before.line_exact_match
        manifest |= {"after": asdict(after), "kept": kept, "rule": RULE}
        if kept:
            write_manifest(partial / ADAPTER_MANIFEST, manifest)
            for path in partial.iterdir():
                on_disk(path)
            put_in_place(partial, self._options.out)
        return manifest

    def _manifest(self, before: Measure, learned: Learned) -> dict[str, Any]:
        options, repository = self._options, self._repository
        return {
            "kind": ADAPTER_KIND,
            "base": options.base.name,
            "base_sha256": weights_sha256(self._loaded.folder),
            "repository": str(repository.root),
            "files": {"train": _hashes(repository.train), "heldout": _hashes(repository.heldout)},
            "left_out": repository.left_out,
            "settings": asdict(options.lora) | {"fim": asdict(options.fim), "max_seconds": options.max_seconds},
            "seed": options.lora.seed,
            "learned": asdict(learned),
            "versions": versions("torch", "transformers", "tokenizers", "safetensors", "peft"),
            "before": asdict(before),
        }


@contextmanager
def _kept_ready(out: Path) -> Generator[Path]:
    """A place for the adapter beside `out`: one that cannot be written is found out before the work."""
    with ExitStack() as stack:
        try:
            partial = stack.enter_context(partial_beside(out))
        except OSError as error:
            raise UsageError(f"{out}: cannot be written ({error.strerror}); name another folder with --out") from error
        _check_out(out)
        yield partial


def _check_out(out: Path) -> None:
    """Refuse to replace what is no adapter."""
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            read_adapter(out)
    except (AdapterUnusable, OSError) as error:
        raise UsageError(f"{out}: holds something else than an adapter; name another folder with --out") from error


def _loaded(base: BaseModel, notify: Callable[[str], None]) -> LoadedModel:
    loaded = load_model(
        base.name,
        base.checkpoint,
        dtype=base.dtype,
        device=base.device,
        threads=base.threads,
        progress=lambda _, detail: notify(detail),
        trainable=True,
    )
    use_all_cores(base.threads)
    return loaded


def _batch_tokens(settings: LoraSettings, repository: Repository) -> int:
    """Tokens of one step: of a small repository fewer, so that its passes make enough steps."""
    tokens = sum(len(document.text) for document in repository.train) // CHARACTERS_PER_TOKEN
    enough = tokens * settings.max_passes // WANTED_STEPS
    return min(settings.batch_tokens, max(MIN_BATCH_TOKENS, enough))


def _hashes(documents: Sequence[Document]) -> dict[str, str]:
    return {document.path: hashlib.sha256(document.text.encode()).hexdigest() for document in documents}
