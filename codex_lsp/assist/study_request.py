"""What a study of a function needs to know of its project."""

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.project import Project
from codex_lsp.execution.function_study import StudyRequest


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
