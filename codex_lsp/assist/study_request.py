"""What a study of a function needs to know of its project."""

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.project import Project
from codex_lsp.errors import AssistRefused
from codex_lsp.execution.function_study import Study, StudyRequest


def study_request(project: Project, function: PythonFunction, calls: tuple[str, ...] = ()) -> StudyRequest:
    """A study of calls of a function, by its project's Python, among its files as the person sees them."""
    return StudyRequest(
        interpreter=project.interpreter,
        path=project.path,
        module=project.module,
        qualname=function.qualname,
        import_from=project.import_from,
        readable=project.readable,
        masked=project.masked,
        replaced=project.replaced,
        calls=calls,
    )


def check_studied(study: Study, project: Project, function: PythonFunction) -> None:
    """Whether a study is one of the definition that was asked for.

    Raises:
        AssistRefused: The module cannot be imported, or what counts in it is another definition of that name.
    """
    name = project.path.name
    if study.error:
        raise AssistRefused(f"{name} cannot be imported ({study.error}); make it importable first")
    where = f"`{function.qualname}` of line {function.line} is not the one that counts when {name} is imported here"
    if study.defined_in:
        raise AssistRefused(
            f"{where}: that one is of `{study.defined_in}`; test it there, or give this one another name"
        )
    first = function.line - function.source[: function.source.index(function.signature)].count("\n")
    if study.first_line is not None and not first <= study.first_line <= function.end_line:
        raise AssistRefused(f"{where}; put the cursor into the one of line {study.first_line}")
