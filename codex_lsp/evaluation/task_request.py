"""A benchmark's task as a person would have it: a file of a project of its own, the cursor in the function."""

from pathlib import Path

from codex_lsp.assist.request import AssistRequest
from codex_lsp.context.document import Document
from codex_lsp.errors import CodexLspError
from codex_lsp.evaluation.task import Task

_MODULE = "solution"


def task_request(task: Task, text: str, work: Path, *, seed: int = 0) -> AssistRequest:
    """Write the file, and ask at its function.

    Args:
        task: Its name becomes that of a folder in `work`.
        text: Of the file.
        work: A folder.
        seed: Of the request.

    Raises:
        CodexLspError: It cannot be written.
    """
    folder = work / task.task_id.replace("/", "-")
    path = folder / f"{_MODULE}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CodexLspError(f"{folder}: cannot be written ({error.strerror}); make room") from error
    return AssistRequest(
        document=Document(uri=path.as_uri(), language="python", version=0, text=text),
        offset=max(text.rfind(f"def {task.entry_point}("), 0),
        path=path,
        root=folder,
        trusted=True,
        seed=seed,
    )
