"""Renders an instruction by the chat template that a checkpoint brings."""

import uuid
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import ModelDamaged, ModelUnavailable
from codex_lsp.models.checkpoint import read_json
from codex_lsp.models.templates import Segment, chat_text
from codex_lsp.types import Prompt

TEMPLATE_FILE = "chat_template.jinja"
CONFIG_FILE = "tokenizer_config.json"
_TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token")


class ChatTemplate:
    """A checkpoint's chat template and the control tokens that it speaks of."""

    def __init__(self, template: str, tokens: dict[str, str]) -> None:
        """Take a template in Jinja and the names it may use, such as `bos_token`."""
        self._template = template
        self._tokens = tokens

    def render(self, prompt: Prompt) -> tuple[Segment, ...]:
        """Lay out the instruction and the code it is about; the template's own text is `special`.

        Raises:
            ModelUnavailable: The template fails.
        """
        # The template never sees what a person wrote, so that it cannot be taken for one of its control tokens.
        mark = uuid.uuid4().hex
        conversation = [{"role": "user", "content": mark}]
        # What has no template does not wait for the library's import.
        from transformers.utils.chat_template_utils import render_jinja_template  # noqa: PLC0415

        # Names for the template travel beside the function's own parameters, which their type does not say.
        render: Any = render_jinja_template
        try:
            rendered, _ = render(
                conversations=[conversation],
                chat_template=self._template,
                add_generation_prompt=True,
                **self._tokens,
            )
        except Exception as error:  # a template is a program; whatever it raises is told in one line
            raise ModelUnavailable(f"the model's chat template fails ({error}); mend {TEMPLATE_FILE}") from error
        text = chat_text(prompt)
        segments: list[Segment] = []
        for place, part in enumerate(rendered[0].split(mark)):
            if place:
                segments.append(Segment(text=text, special=False))
            segments.append(Segment(text=part, special=True))
        return tuple(segment for segment in segments if segment.text)


def find_chat_template(folder: Path) -> ChatTemplate | None:
    """The chat template of a checkpoint, or None where it has none.

    Raises:
        ModelDamaged: The files that hold it are no such thing.
    """
    path, file = folder / CONFIG_FILE, folder / TEMPLATE_FILE
    config = read_json(path, str(folder)) if path.is_file() else {}
    try:
        template = file.read_text(encoding="utf-8") if file.is_file() else _inline(config.get("chat_template"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelDamaged(f"{file}: cannot be read; get or export the model again") from error
    except (KeyError, TypeError) as error:
        raise ModelDamaged(f"{path}: its `chat_template` is none; get or export the model again") from error
    if template is None:
        return None
    return ChatTemplate(template, {name: _token(config[name]) for name in _TOKENS if config.get(name) is not None})


def _inline(value: Any) -> str | None:
    """The template in `tokenizer_config.json`: one, or several with names."""
    if isinstance(value, str):
        return value
    named = {entry["name"]: str(entry["template"]) for entry in cast("list[Any]", value or [])}
    return named.get("default")


def _token(value: Any) -> str:
    return str(cast("dict[str, Any]", value).get("content", "")) if isinstance(value, dict) else str(value)
