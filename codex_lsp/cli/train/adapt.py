"""`codex-lsp train adapt`."""

import argparse
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codex_lsp.cli.adapters_table import adapter_lines, name_adapter
from codex_lsp.cli.output import progress, write_line
from codex_lsp.cli.train.step import count, report, seconds, seed, training_extra
from codex_lsp.cli.train.stop import stopped_by_signal
from codex_lsp.decoding.threads import thread_environment
from codex_lsp.errors import UsageError

if TYPE_CHECKING:
    from codex_lsp.cli.train.step import Subparsers
    from codex_lsp.config import Settings
    from codex_lsp.training.adapt import AdaptOptions

EPILOG = """example:
  codex-lsp train adapt ~/src/shop
  codex-lsp train adapt ~/src/shop --max-seconds 600 --use
"""
DEFAULT_SECONDS = 240.0
DEFAULT_CURSORS = 200


def add_parser(steps: "Subparsers") -> None:
    """Add the step."""
    text = "adapt the local model to a repository, and keep the adapter if it helps there"
    parser = steps.add_parser(
        "adapt", help=text, description=text, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", type=Path, metavar="PATH", help="the repository's folder")
    parser.add_argument("--model", metavar="MODEL", help="`embedded` or a model folder (default: the setting `model`)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the adapter's folder (default: in your data folder)")
    parser.add_argument("--max-seconds", type=seconds, default=DEFAULT_SECONDS, metavar="N", help=_SECONDS_HELP)
    parser.add_argument("--cursors", type=count, default=DEFAULT_CURSORS, metavar="N", help=_CURSORS_HELP)
    parser.add_argument("--use", action="store_true", help="name the adapter in your settings file, if it is kept")
    parser.add_argument("--seed", type=seed, default=0, help="decides every random draw (default: 0)")
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON on stdout")
    parser.set_defaults(run=run_adapt)


_SECONDS_HELP = f"learn for so long at most; measuring comes on top (default: {DEFAULT_SECONDS:g})"
_CURSORS_HELP = f"complete lines at so many held-out places, before and after (default: {DEFAULT_CURSORS})"


def run_adapt(args: argparse.Namespace) -> int:
    """Adapt, decide, and say which setting names the adapter. Not keeping one is an outcome, not a failure."""
    settings = _settings(args)
    if settings.endpoint.url and args.model is None:
        raise UsageError("your settings name an endpoint, which cannot be adapted; name a local model with --model")
    # The thread settings are read once, when torch is first imported.
    os.environ.update(thread_environment(settings.engine.threads))
    root = args.repository.expanduser().resolve()
    with training_extra():
        from codex_lsp.training.adapt import adapt
    options = _options(args, settings, root)
    with stopped_by_signal() as stop:
        manifest = adapt(options, stop, progress)
    _tell(manifest, args, root, options.out)
    return report(args, manifest | {"adapter": str(options.out) if manifest["kept"] else None})


def _settings(args: argparse.Namespace) -> "Settings":
    from codex_lsp.cli.settings import settings_of_command

    return settings_of_command({} if args.model is None else {"model": args.model})


def _options(args: argparse.Namespace, settings: "Settings", root: Path) -> "AdaptOptions":
    from codex_lsp.models.registry import EMBEDDED, checkpoint_path
    from codex_lsp.training.adapt import AdaptOptions, BaseModel
    from codex_lsp.training.adapt_lora import LoraSettings

    checkpoint = checkpoint_path(settings.model, working_folder=True)
    name = checkpoint.name if isinstance(checkpoint, Path) and settings.model != EMBEDDED else settings.model
    engine = settings.engine
    return AdaptOptions(
        repository=root,
        out=_default_out(root) if args.out is None else args.out.expanduser().absolute(),
        base=BaseModel(
            name=name, checkpoint=checkpoint, dtype=engine.dtype, device=engine.device, threads=engine.threads
        ),
        max_seconds=args.max_seconds,
        cursors=args.cursors,
        disabled_languages=settings.disabled_languages,
        lora=LoraSettings(seed=args.seed),
    )


def _default_out(root: Path) -> Path:
    """A folder of the person's own for each repository."""
    import platformdirs

    mark = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    return Path(platformdirs.user_data_dir("codex-lsp", appauthor=False)) / "adapters" / f"{root.name}-{mark}"


def _tell(manifest: dict[str, Any], args: argparse.Namespace, root: Path, out: Path) -> None:
    from codex_lsp.cli.settings import user_file

    before, after = manifest["before"], manifest["after"]
    progress(
        f"held-out files: bits per byte {before['bits_per_byte']:.3f} -> {after['bits_per_byte']:.3f}, "
        f"lines exact {before['line_exact_match']:.1%} -> {after['line_exact_match']:.1%} of {after['cursors']}"
    )
    if not manifest["kept"]:
        progress(f"not kept, nothing was changed ({manifest['rule']})")
        return
    progress(f"kept in {out}")
    if args.use:
        name_adapter(user_file(), root, out)
        progress(f"named in {user_file()}; it holds for {root} alone")
        return
    progress(f"to use it in {root} alone, add this to {user_file()} (or run it again with --use):")
    if not args.json:
        write_line(adapter_lines(root, out).rstrip("\n"))
