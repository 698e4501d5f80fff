"""Settings to a model: the one lazy place of the models, known to the command line alone."""

import errno
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from codex_lsp.config import API_KEY_VARIABLE, Settings, describe
from codex_lsp.errors import MissingExtra, ModelNotFound
from codex_lsp.models.adapter import named_adapters
from codex_lsp.models.protocol import LanguageModel
from codex_lsp.models.shipped import EMBEDDED, EMBEDDED_S

_SHIPPED: Mapping[str, str] = {EMBEDDED: "", EMBEDDED_S: "codex-s"}
"""Names of what comes with the package, and the folders below `weights` where it lies."""
# What the `local` extra brings; the engine process needs the web framework too.
MODEL_MODULES = ("torch", "transformers", "safetensors")
ENGINE_MODULES = (*MODEL_MODULES, "starlette", "uvicorn")
ADAPTERS_VARIABLE = "CODEX_LSP_ADAPTERS"
MAX_SHOWN = 80
"""Characters of a wrong setting that its error repeats."""


def open_model(settings: Settings, *, environment: Mapping[str, str], in_process: bool) -> LanguageModel:
    """The model that `settings` name; it loads on first use.

    Args:
        settings: `endpoint.url`, if set, wins over `model`.
        environment: Where the endpoint's key is (`CODEX_LSP_API_KEY`), and what the engine process is given.
        in_process: Load a local model in this process instead of the engine's.

    Raises:
        MissingExtra: A local model is asked for and `codex-lsp[local]` is not installed.
        ModelNotFound: `model` can be no path; with `in_process`, a model that is not there.
        ModelUnavailable: With `in_process`, a model folder that cannot be used, or a hub that cannot be reached.
    """
    if settings.endpoint.url:
        return _open_endpoint(settings, environment)
    if in_process:
        return _open_local(settings)
    return _open_engine(settings, environment)


def checkpoint_path(model: str, *, working_folder: bool) -> Path | str:
    """Where the weights of a `model` setting are: a folder on this machine, or a hub name.

    Args:
        model: `embedded`, `embedded-s`, a folder, or a hub name.
        working_folder: Whether a bare `NAME` or `ORG/NAME` may be a folder under the working folder. Never in a
            language server, whose working folder is the workspace: a repository must not choose the weights.

    Raises:
        ModelNotFound: No file system can have such a path.

    >>> checkpoint_path("Qwen/Qwen2.5-Coder-0.5B", working_folder=False)
    'Qwen/Qwen2.5-Coder-0.5B'
    """
    if model in _SHIPPED:
        return Path(__file__).parents[1] / "weights" / _SHIPPED[model]
    path = _possible_path(model)
    if model.startswith((".", "~", os.sep)) or model.count("/") > 1 or (working_folder and path.is_dir()):
        return path.absolute()
    return model


def _possible_path(model: str) -> Path:
    """The setting as a path, which need not be there."""
    try:
        path = Path(model).expanduser()
        path.stat()
    except (RuntimeError, ValueError) as error:
        # Somebody's home folder that is nowhere; a null or half a character.
        raise _no_path(model, "no path can be spelt like this") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise _no_path(model, f"{len(model)} characters are too long for a path") from error
        # It is not there, or not to be seen: whoever opens it says so.
        return Path(model).expanduser()
    return path


def _no_path(model: str, reason: str) -> ModelNotFound:
    escaped = repr(model)[1:-1]
    shown = escaped if len(escaped) <= MAX_SHOWN else f"{escaped[:MAX_SHOWN]}\u2026"
    return ModelNotFound(f"{shown}: {reason}; set `model` to a Hugging Face model folder, a hub name or `embedded`")


def require_extra(modules: tuple[str, ...] = ENGINE_MODULES) -> None:
    """Say in one line what is not installed.

    Raises:
        MissingExtra: A module is missing.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        message = f"a local model needs {', '.join(missing)}; run: pip install 'codex-lsp[local]'"
        raise MissingExtra(message)


_CHATS = {"auto": None, "on": True, "off": False}


def _open_endpoint(settings: Settings, environment: Mapping[str, str]) -> LanguageModel:
    from codex_lsp.models.remote.openai import OpenAIModel

    return OpenAIModel(
        settings.endpoint.url,
        model=settings.endpoint.model or None,
        api_key=environment.get(API_KEY_VARIABLE),
        template=settings.endpoint.template or None,
        chats=_CHATS[settings.endpoint.chat],
    )


def _open_local(settings: Settings) -> LanguageModel:
    require_extra(MODEL_MODULES)
    from codex_lsp.models.checkpoint import check_folder, check_name

    checkpoint = checkpoint_path(settings.model, working_folder=True)
    # Told at once, before seconds are spent on importing torch.
    if isinstance(checkpoint, Path):
        check_folder(checkpoint)
    else:
        check_name(checkpoint)
    from codex_lsp.models.local import LocalModel

    # A folder serves under its own name; what comes with the package and hub names under what was asked for.
    name = checkpoint.name if isinstance(checkpoint, Path) and settings.model not in _SHIPPED else settings.model
    adapters = named_adapters(settings.adapters)
    return LocalModel(name, checkpoint, settings.engine, adapters=adapters)


def _open_engine(settings: Settings, environment: Mapping[str, str]) -> LanguageModel:
    require_extra()
    from codex_lsp.models.engine_process import EngineProcess

    named = settings.model in _SHIPPED
    model = settings.model if named else str(checkpoint_path(settings.model, working_folder=False))
    command = (sys.executable, "-m", "codex_lsp", "engine", "--model", model)
    return EngineProcess(command, environment=_engine_environment(settings, environment))


def _engine_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The engine's environment: `adapters` and `engine.*` of this process by variable, and no key it has no use for."""
    variables = {
        item.environment_variable: str(getattr(settings.engine, item.name.removeprefix("engine.")))
        for item in describe()
        if item.name.startswith("engine.")
    }
    variables[ADAPTERS_VARIABLE] = json.dumps(dict(settings.adapters))
    return {name: value for name, value in environment.items() if name != API_KEY_VARIABLE} | variables
