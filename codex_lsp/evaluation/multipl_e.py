"""MultiPL-E: HumanEval and MBPP in other languages, graded by whole programs (Cassano et al. 2022)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.humaneval import unique_tasks
from codex_lsp.evaluation.json_lines import Line
from codex_lsp.evaluation.line_fields import texts_of
from codex_lsp.evaluation.task import Task
from codex_lsp.execution.checks import Check, ProgramCheck
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.toolchains import Toolchain, find_toolchain

# A compiler and a virtual machine take more than a candidate in Python. Virtual machines reserve far more addresses
# than they use; their own flags keep what they use small.
LIMITS = Limits(
    wall_s=30.0,
    cpu_s=30.0,
    memory_bytes=4 * 1024 * MIB,
    processes=128,
    file_bytes=64 * MIB,
    disk_bytes=256 * MIB,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiPlE:
    """Tasks in one language or several, and how each language is run here.

    Attributes:
        name: As the command line says.
        tasks: In the order of the file; MultiPL-E's name of the language begins a task's.
        tests: The source that follows a completion, by task.
        toolchains: By MultiPL-E's name of a language; the error that says what is missing where it cannot be run here.
    """

    name: str
    tasks: tuple[Task, ...]
    tests: Mapping[str, str]
    toolchains: Mapping[str, Toolchain | UsageError]

    def checks(self, task: Task, completion: str) -> tuple[Check, ...]:
        """The whole program, judged by its exit.

        Raises:
            UsageError: The language's tools are missing here, so that nothing can be said of the candidate.
        """
        toolchain = self.toolchains[task.task_id.partition("/")[0]]
        if isinstance(toolchain, UsageError):
            raise toolchain
        program = f"{task.prompt}{completion}\n{self.tests[task.task_id]}"
        return (
            ProgramCheck(
                command=toolchain.command,
                files={toolchain.file: program.encode()},
                limits=task.limits,
                readable=toolchain.readable,
            ),
        )

    @property
    def conventions(self) -> tuple[str, ...]:
        """What a result has to say beside its figures."""
        return (
            "stop: each task's own stop_tokens",
            f"time limit: {LIMITS.wall_s:g} s, compiling included",
        )


def read_multipl_e(lines: Iterable[Line], name: str, find: Callable[[str], Toolchain] = find_toolchain) -> MultiPlE:
    """MultiPL-E: `name`, `language`, `prompt`, `tests`, `stop_tokens`.

    A language that cannot be run here is no error yet: sampling needs no tools.

    Raises:
        UsageError: A line is no task of this form.
    """
    tests: dict[str, str] = {}
    toolchains: dict[str, Toolchain | UsageError] = {}

    def read(line: Line) -> Task:
        # One release names the ending of Go's test files.
        language = line.text("language").removesuffix("_test.go")
        if language not in toolchains:
            toolchains[language] = _found(language, find)
        found = toolchains[language]
        task = Task(
            task_id=f"{language}/{line.text('name')}",
            prompt=line.text("prompt"),
            reference=line.text("canonical_solution", ""),
            stop=texts_of(line, "stop_tokens"),
            limits=LIMITS,
            language=language if isinstance(found, UsageError) else found.language,
        )
        tests[task.task_id] = line.text("tests")
        return task

    tasks = unique_tasks(lines, read)
    return MultiPlE(name=name, tasks=tasks, tests=tests, toolchains=toolchains)


def _found(language: str, find: Callable[[str], Toolchain]) -> Toolchain | UsageError:
    try:
        return find(language)
    except UsageError as error:
        return error
