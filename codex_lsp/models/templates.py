"""How a structured prompt is laid out for a model family: fill-in-the-middle where the model knows it.

Families are data (`templates.toml`). What a person wrote is never a command: rendered for our own models it stays
apart from control tokens (`Segment.special`), rendered for a server that reads text its control tokens are broken.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from codex_lsp.errors import ModelNotFound
from codex_lsp.types import Header, Prompt

PLAIN = "plain"

# What servers read as a command whatever the family: `<|name|>`, with ASCII or full-width bars.
_COMMON_TOKEN = r"<\|[^|\s<>]{1,64}\|>|<\uff5c[^\uff5c\s<>]{1,64}\uff5c>"  # noqa: S105 - not a password
_FIELD = r"\{[a-z]+\}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One family's layouts.

    Attributes:
        name: The family.
        models: Regular expressions, one of which is found in the names of its models.
        fim: Layout with text after the cursor, or None where the model only continues.
        text: Layout without text after the cursor.
        header: What says which file it is: `{path}`, `{language}`, or `{comment}` (the path as a comment line).
        snippet: A piece of another file.
        reads_snippets: Pieces of other files help its models: trained on repositories, or measured.
        tokens: Control tokens, as the layouts spell them.
        required: Those that a vocabulary must have for the family to be told by it.
        stop: What ends a row, beside end-of-text.
    """

    name: str
    models: tuple[str, ...]
    fim: str | None
    text: str
    header: str
    snippet: str
    reads_snippets: bool
    tokens: tuple[str, ...]
    required: tuple[str, ...]
    stop: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a rendered prompt: one control token (`special`), or text in which there are none."""

    text: str
    special: bool


def template_named(name: str) -> Template:
    """The family of that name.

    Raises:
        ModelNotFound: There is none.
    """
    for template in _catalogue().templates:
        if template.name == name:
            return template
    known = ", ".join(template.name for template in _catalogue().templates)
    raise ModelNotFound(f"`{name}`: no such prompt template; use one of {known}")


def template_for_model(name: str) -> Template | None:
    """The family that a model's name tells, or None.

    >>> template_for_model("Qwen/Qwen2.5-Coder-0.5B").name
    'qwen2.5-coder'
    """
    matches = (t for t in _catalogue().templates if any(re.search(pattern, name.lower()) for pattern in t.models))
    return next(matches, None)


def template_for_checkpoint(config: Mapping[str, Any], name: str, has_token: Callable[[str], bool]) -> Template:
    """The family of a checkpoint: as its `config.json` says, else by name, else by the vocabulary, else plain.

    Args:
        config: What is in `config.json`; `codex_template` names a family.
        name: The model's name, believed only where the vocabulary has the family's tokens.
        has_token: Whether the vocabulary has a control token.

    Raises:
        ModelNotFound: `codex_template` names no family.
    """
    said = config.get("codex_template")
    if said is not None:
        return template_named(str(said))
    named = template_for_model(name)
    candidates = _catalogue().templates if named is None else (named, *_catalogue().templates)
    fitting = (t for t in candidates if t.required and all(has_token(token) for token in t.required))
    return next(fitting, template_named(PLAIN))


def render(template: Template, prompt: Prompt) -> tuple[Segment, ...]:
    """Lay out a prompt; neighbouring texts are one segment, and no segment is empty."""
    segments: list[Segment] = []
    for piece in _pieces(template, prompt):
        if segments and not piece.special and not segments[-1].special:
            segments[-1] = Segment(text=segments[-1].text + piece.text, special=False)
        elif piece.text:
            segments.append(piece)
    return tuple(segments)


def render_text(template: Template, prompt: Prompt) -> str:
    """Lay out a prompt as one text, for a server that reads control tokens out of text.

    Control tokens in what a person wrote get a blank inside, so that they are none.
    """
    return "".join(piece.text if piece.special else defang(template, piece.text) for piece in render(template, prompt))


def defang(template: Template, text: str) -> str:
    """Break the control tokens in a text.

    >>> defang(template_named("codex"), "say <|fim_middle|>")
    'say < |fim_middle|>'
    """
    names = [re.escape(token.strip()) for token in template.tokens]
    return re.sub("|".join([*names, _COMMON_TOKEN]), lambda match: f"{match[0][0]} {match[0][1:]}", text)


def chat_text(prompt: Prompt) -> str:
    """What is asked, and under it the code as it stands."""
    code = prompt.prefix + prompt.suffix
    if not code.strip():
        return prompt.instruction or ""
    path = f"{prompt.header.path}\n" if prompt.header is not None else ""
    language = prompt.header.language if prompt.header is not None else ""
    others = "".join(f"{snippet.path}\n```\n{snippet.text}\n```\n\n" for snippet in prompt.snippets)
    return f"{prompt.instruction or ''}\n\n{others}{path}```{language}\n{code}\n```"


def chats(name: str) -> bool:
    """Whether a model's name tells that it follows instructions.

    >>> chats("Qwen/Qwen2.5-Coder-7B-Instruct"), chats("Qwen/Qwen2.5-Coder-7B")
    (True, False)
    """
    return any(re.search(pattern, name.lower()) for pattern in _catalogue().chats)


def comment_line(text: str, language: str) -> str:
    """A line of text as a comment of a language (an LSP identifier).

    >>> comment_line("json/decoder.py", "python")
    '# json/decoder.py'
    """
    return _catalogue().comments.get(language, _catalogue().other_comment).format(text)


def _pieces(template: Template, prompt: Prompt) -> Iterator[Segment]:
    layout = template.fim if template.fim is not None and prompt.suffix.strip() else template.text
    line_start = prompt.prefix.rfind("\n") + 1
    texts = {
        "prefix": prompt.prefix,
        "lines": prompt.prefix[:line_start],
        "line": prompt.prefix[line_start:],
        "suffix": prompt.suffix,
    }
    for part in _split(template, layout):
        if part == "{snippets}":
            for snippet in prompt.snippets:
                header = Header(path=snippet.path, language=_language(prompt))
                yield from _filled(template, template.snippet, _file_fields(header) | {"text": snippet.text})
        elif part == "{header}":
            yield from _header(template, prompt)
        else:
            yield from _filled(template, part, texts)


def _header(template: Template, prompt: Prompt) -> Iterator[Segment]:
    if prompt.header is not None:
        yield from _filled(template, template.header, _file_fields(prompt.header))
    if prompt.instruction is not None:
        lines = [comment_line(line, _language(prompt)) for line in prompt.instruction.splitlines()]
        yield Segment(text="".join(f"{line}\n" for line in lines), special=False)


def _language(prompt: Prompt) -> str:
    return prompt.header.language if prompt.header is not None else "plaintext"


def _file_fields(header: Header) -> dict[str, str]:
    path = " ".join(header.path.splitlines())  # a line end in a path would end the header
    return {"path": path, "language": header.language, "comment": comment_line(path, header.language)}


def _filled(template: Template, layout: str, texts: Mapping[str, str]) -> Iterator[Segment]:
    for part in _split(template, layout):
        if re.fullmatch(_FIELD, part):
            yield Segment(text=texts[part[1:-1]], special=False)
        else:
            yield Segment(text=part, special=part in template.tokens)


def _split(template: Template, layout: str) -> list[str]:
    """A layout's control tokens, fields, and texts between them."""
    names = sorted(map(re.escape, template.tokens), key=len, reverse=True)
    return [part for part in re.split(f"({'|'.join([*names, _FIELD])})", layout) if part]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Catalogue:
    """What `templates.toml` holds."""

    templates: tuple[Template, ...]
    comments: Mapping[str, str]
    other_comment: str
    chats: tuple[str, ...]


@cache
def _catalogue() -> _Catalogue:
    data = tomllib.loads(files("codex_lsp.models").joinpath("templates.toml").read_text(encoding="utf-8"))
    comments: dict[str, list[str]] = data["comments"]
    return _Catalogue(
        templates=tuple(_template(family) for family in data["family"]),
        comments={language: style for style, languages in comments.items() for language in languages},
        other_comment=next(style for style, languages in comments.items() if not languages),
        chats=tuple(data["chats"]),
    )


def _template(family: Mapping[str, Any]) -> Template:
    tokens = tuple(family["tokens"])
    fim = family.get("fim")
    return Template(
        name=family["name"],
        models=tuple(family["models"]),
        fim=fim,
        text=family["text"],
        header=family["header"],
        snippet=family["snippet"],
        reads_snippets=bool(family.get("reads_snippets", False)),
        tokens=tokens,
        required=tuple(token for token in tokens if token in (fim or "")),
        stop=tuple(family["stop"]),
    )
