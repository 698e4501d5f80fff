"""One translation: the code in an answer, the files that it becomes, and how it is shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.prompts import AskedPrompt
from codex_lsp.assist.request import AssistRequest
from codex_lsp.assist.result import FileEdit, TextEdit
from codex_lsp.assist.script_checks import ScriptCheck, checks_file
from codex_lsp.context.regular_file import exists
from codex_lsp.types import Candidate

_EXPORT = re.compile(r"^(?:export[ \t]+(?:default[ \t]+)?(?=(?:async[ \t]+)?function|class|const|let)|"
                     r"(?:module\.)?exports\b[^\n]*|export[ \t]*(?:default\b|\{)[^\n]*)", re.MULTILINE)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A translation and what running its checks came to.

    Attributes:
        candidate: As sampled.
        code: The function and what it needs, without exports.
        outcome: As in `AssistVerdict`.
        detail: One line.
        held: How many checks hold.
    """

    candidate: Candidate
    code: str
    outcome: str
    detail: str
    held: int


def translated_code(asked: AskedPrompt, answer: str, opening: str) -> str:
    """The translation in an answer, its exports left out; empty where there is none.

    Args:
        asked: What was asked: a plain model goes on from the opening line up to its own closing brace.
        answer: Of the model.
        opening: The function's first line.
    """
    code = asked.answer_of(answer) if asked.chat else f"{opening}\n{answer.rstrip()}\n}}"
    code = _EXPORT.sub("", code).strip()
    name = re.search(r"function\*?\s+([\w$]+)", opening)
    return f"{code}\n" if name is not None and re.search(rf"\b{re.escape(name[1])}\b", code) else ""


def file_edits(
    request: AssistRequest, name: str, translation: Translation, checks: Sequence[ScriptCheck], *, typed: bool
) -> tuple[FileEdit, ...]:
    """New files beside the document: the translation, and its tests where there are any; none over what is there."""
    if request.path is None:
        return ()
    paths = {
        request.path.parent / file: text for file, text in texts_of(name, translation.code, checks, typed=typed).items()
    }
    if any(map(exists, paths)):
        return ()
    said = f"all {len(checks)} checks hold, and its file of tests passes" if translation.held else ""
    said = said or f"not run: {translation.detail}"
    labels = (f"Add {next(iter(paths)).name}", f"Add {len(checks)} tests of {name}")
    return tuple(
        FileEdit(path=path, before=None, edits=(TextEdit(start=0, end=0, text=text),), label=label, description=said)
        for (path, text), label in zip(paths.items(), labels, strict=False)
    )


def texts_of(name: str, code: str, checks: Sequence[ScriptCheck], *, typed: bool) -> dict[str, str]:
    """The module, and its tests where there are checks: name of each file, and text.

    The endings are those of modules whatever their project says.
    """
    ending = "ts" if typed else "mjs"
    module = f"{name}.{ending}"
    texts = {module: f"{code}\nexport {{ {name} }};\n"}
    return {**texts, f"{name}.test.{ending}": checks_file(checks, name, module)} if checks else texts


def report_of(
    function: PythonFunction, target: str, best: Translation, checks: Sequence[ScriptCheck], message: str
) -> str:
    """The document that is shown."""
    parts = [f"# {message}", f"```{target}\n{best.code}```"]
    if checks:
        parts += ["## Checks", f"What `{function.name}` does in Python:"]
        parts += [f"```{target}\n" + "\n".join(check.statement for check in checks) + "\n```"]
    return "\n\n".join(parts) + "\n"
