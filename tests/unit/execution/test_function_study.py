"""Function studies in real sandboxes: what calls come to, which branches they take, which mutants they kill."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.execution.function_study import StudyRequest, study_function
from codex_lsp.execution.interpreter import interpreter_paths
from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.sandbox import Sandbox
from codex_lsp.execution.study_reading import Observation
from tests.unit.execution.identities import as_plain_user, plain_environment

SHAPES = '''"""A module that prints when it is imported, and needs its package."""

import collections, datetime, decimal, enum, os, random, re, signal, sys, time
from dataclasses import dataclass
from pathlib import Path

from .base import Base
from . import STARTED

print("imported", input if False else "")


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point(Base):
    x: int
    y: float = 0.0


Pair = collections.namedtuple("Pair", "left right")


class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return len(self.items)


counter = 0


def many(kind, given=None):
    global counter
    counter += 1
    return KINDS[kind](given)


def _raises(given):
    raise ValueError(f"no {given}")


def _sleeps(given):
    while True:
        time.sleep(1)


def _swallows(given):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def _orphan(given):
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)


def _seeded(given):
    random.seed(7)
    return random.random()


KINDS = {
    "plain": lambda given: {"b": [1, (2,), None], "a": {3, 1}, "c": b"x", "d": 1.5 + 2j},
    "empty": lambda given: [set(), frozenset(), (), {}, [], "", range(2), bytearray(b"a")],
    "infinite": lambda given: [float("inf"), -float("inf")],
    "nan": lambda given: float("nan"),
    "own": lambda given: [Colour.RED, Point(1), Pair(1, "é"), Point],
    "library": lambda given: [
        datetime.date(2020, 1, 2), datetime.timedelta(1), decimal.Decimal("1.50"), Path("a/b"),
        collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 3),
        collections.defaultdict(list, {1: [2]}), datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    ],
    "object": lambda given: object(),
    "generator": lambda given: (each for each in "ab"),
    "changes": lambda given: given.append(1),
    "prints": lambda given: print("said", given),
    "state": lambda given: counter,
    "raises": _raises,
    "exits": lambda given: sys.exit(3),
    "dies": lambda given: os._exit(3),
    "loops": _swallows,
    "sleeps": _sleeps,
    "orphan": _orphan,
    "memory": lambda given: bytearray(1 << 30),
    "long": lambda given: "x" * 5_000_000,
    "deep": lambda given: KINDS["deep"](given),
    "hashes": lambda given: list({"a", "b", "c", "d", "e", "f"}),
    "time": lambda given: time.time(),
    "today": lambda given: datetime.date.today(),
    "random": lambda given: random.choice([1, 1]),
    "seeded": _seeded,
    "pid": lambda given: os.getpid(),
    "home": lambda given: os.environ["HOME"],
    "zone": lambda given: datetime.datetime.fromtimestamp(0),
    "writes": lambda given: open("made", "w").write("x"),
    "reads": lambda given: open("/etc/shadow").read(),
    "connects": lambda given: __import__("socket").create_connection(("127.0.0.1", 9)),
    "started": lambda given: STARTED,
    "channel": lambda given: os.write(3, b'{"error": "forged"}'),
    "tells": lambda given: os.write(1, b"x" * 1000),
}
'''
CALLS = '''"""Branches and mutants."""


def sign(n, log=None):
    if n < 0:
        return -1
    while n > 100:
        n -= 1
    if n == 0:
        return 0
    if log is not None:
        log.append(n)
    return 1
'''

LIAR = """
import json, os

def tell(**line):
    os.write(3, json.dumps(line).encode() + b"\\n")

tell(imported=True)
arcs, imports = [[[], 1], [1, 2]], ["import os\\nos", 5]
tell(call=0, outcome="returned", canonical="", value="1 +", imports=imports, after=[")"], arcs=arcs)
tell(call=1, outcome=["returned"])
tell(mutant=0, killed_by=[[], 1])
tell(done=True, cpu_s="much")
os._exit(0)

def f(x): ...
"""


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A project with a `src` layout and a package that does things when it is imported."""
    folder = Path(tempfile.mkdtemp(prefix="codex-lsp-study-"))
    package = folder / "src" / "package" / "inner"
    package.mkdir(parents=True)
    (folder / "src" / "package" / "__init__.py").write_text("print('package')\nSTARTED = []\n")
    (package / "__init__.py").write_text("from .. import STARTED\nSTARTED.append('inner')\n")
    (package / "base.py").write_text("class Base:\n    pass\n")
    (package / "shapes.py").write_text(SHAPES)
    (package / "calls.py").write_text(CALLS)
    for name, source in (
        ("exits", "import sys; sys.exit(1)"),
        ("dies", "import os; os._exit(0)"),
        ("raises", "1 / 0"),
        ("json", "def f(): return 'mine'"),
        ("my-script", "def f(): return 'script'"),
    ):
        (folder / "src" / f"{name}.py").write_text(source)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder
    shutil.rmtree(folder)


def asked(project: Path, module: str, qualname: str, **fields: object) -> StudyRequest:
    return StudyRequest(
        interpreter=Path(sys.executable),
        path=project / "src" / (module.replace(".", "/") + ".py"),
        module=module,
        qualname=qualname,
        import_from=(project / "src", project),
        readable=(project, *interpreter_paths()),
        **fields,  # type: ignore[arg-type]
    )


def kinds(project: Path, *names: str, **fields: object) -> StudyRequest:
    calls = tuple(f"many({name!r})" for name in names)
    return asked(project, "package.inner.shapes", "many", calls=calls, **fields)


def observe(sandbox: Sandbox, request: StudyRequest) -> list[Observation]:
    study = study_function(sandbox, request)
    assert study.error == ""
    return list(study.observations)


def test_values_are_written_as_source(sandbox: Sandbox, project: Path) -> None:
    names = ("plain", "empty", "infinite", "own", "library", "started", "state", "seeded")
    told = observe(sandbox, kinds(project, *names))
    assert [(each.outcome, each.stable) for each in told] == [("returned", True)] * len(names)
    plain, empty, infinite, own, library, started, state, _ = told
    assert plain.value == "{'b': [1, (2,), None], 'a': {1, 3}, 'c': b'x', 'd': (1.5+2j)}"
    assert plain.type == "dict"
    assert empty.value == "[set(), frozenset(), (), {}, [], '', range(0, 2), bytearray(b'a')]"
    assert infinite.value == "[float('inf'), float('-inf')]"
    assert own.value == "[Colour.RED, Point(x=1, y=0.0), Pair(left=1, right='é'), Point]"
    assert own.imports == tuple(f"from package.inner.shapes import {name}" for name in ("Colour", "Pair", "Point"))
    assert library.imports == ("import collections", "import datetime", "import decimal", "import pathlib")
    assert library.value is not None
    namespace: dict[str, object] = {}
    for line in library.imports:
        exec(line, namespace)  # noqa: S102
    again = eval(library.value, namespace)  # noqa: S307
    assert repr(again) == (
        "[datetime.date(2020, 1, 2), datetime.timedelta(days=1), Decimal('1.50'), PosixPath('a/b'), "
        f"{again[4]!r}, Counter({{'a': 2, 'b': 1}}), deque([1], maxlen=3), defaultdict(<class 'list'>, {{1: [2]}}), "
        "datetime.datetime(2020, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)]"
    )
    # Every call begins with the module as it was imported.
    assert (started.value, state.value) == ("['inner']", "1")


def test_what_has_no_source_is_told_by_its_type(sandbox: Sandbox, project: Path) -> None:
    told = observe(sandbox, kinds(project, "nan", "object", "generator", "long"))
    assert [(each.outcome, each.value, each.type) for each in told] == [
        ("returned", None, "float"),
        ("returned", None, "object"),
        ("returned", None, "generator"),
        ("returned", None, "str"),
    ]


def test_what_depends_on_the_surroundings_is_not_stable(sandbox: Sandbox, project: Path) -> None:
    told = observe(
        sandbox, kinds(project, "hashes", "time", "today", "random", "pid", "home", "zone", "memory", "deep")
    )
    assert [each.stable for each in told] == [False] * 9
    assert [each.asked for each in told[1:5]] == [("time",), ("today",), ("random",), ("getpid",)]
    assert [each.exception for each in told[7:]] == ["MemoryError", "RecursionError"]


def test_raising_changing_printing_and_effects(sandbox: Sandbox, project: Path) -> None:
    names = ("raises", "exits", "writes", "reads", "connects", "tells")
    request = kinds(project, *names)
    more = ("many('changes', [0])", "many('prints', 1)", "many(*['changes'], **{'given': [[]]})")
    raises, exits, writes, reads, connects, tells, changes, prints, starred = observe(
        sandbox, replace(request, calls=(*request.calls, *more))
    )
    assert (raises.exception, raises.message, raises.stable) == ("ValueError", "no None", True)
    assert (exits.outcome, exits.exception) == ("raised", "SystemExit")
    assert (writes.value, writes.effects) == ("1", ("open for writing",))
    assert reads.exception in {"PermissionError", "FileNotFoundError"}
    assert connects.outcome == "raised"
    assert tells.value == "1000"
    assert (changes.value, changes.changed_arguments, changes.arguments_after) == (
        "None",
        True,
        ("'changes'", "[0, 1]"),
    )
    assert (prints.printed, prints.changed_arguments) == ("said 1\n", False)
    assert starred.changed_arguments


def test_what_hangs_or_dies_hurts_nobody(sandbox: Sandbox, project: Path) -> None:
    names = ("loops", "dies", "orphan", "channel", "sleeps", "plain")
    told = observe(sandbox, kinds(project, *names, call_timeout_s=0.2))
    assert [each.outcome for each in told] == ["timed out", "died", "died", "returned", "timed out", "returned"]
    assert not any(each.stable for each in told[:3])


def test_methods_setup_and_calls_that_cannot_be_made(sandbox: Sandbox, project: Path) -> None:
    calls = ("stack.push(1)", "Stack().push(2)", "missing(1)", "Stack().push(", "sorted([Stack().push(3)])")
    missing = "try:\n    import nowhere_\nexcept ImportError:\n    pass\n"
    setup = f"{missing}stack = Stack(); stack.push(0)"
    request = asked(project, "package.inner.shapes", "Stack.push", calls=calls, setup=setup)
    told = observe(sandbox, request)
    assert [(each.outcome, each.value or each.exception) for each in told] == [
        ("returned", "2"),
        ("returned", "1"),
        ("raised", "NameError"),
        ("refused", "SyntaxError"),
        ("returned", "[1]"),
    ]


def test_branches_and_mutants(sandbox: Sandbox, project: Path) -> None:
    mutants = (
        CALLS.replace("n < 0", "n <= 0"),
        CALLS.replace("return 1\n", "return 2\n"),
        CALLS.replace("n -= 1", "pass"),
        CALLS.replace("log.append(n)", "pass"),
        CALLS.replace("n > 100", "n >= 100"),
        CALLS + "1 / 0\n",
        CALLS + "def broken(:\n",
    )
    calls = ("sign(-1)", "sign(0)", "sign(5, [])", "sign(200)")
    request = asked(project, "package.inner.calls", "sign", calls=calls, mutants=mutants, coverage=True, lines=(4, 13))
    study = study_function(sandbox, request)
    assert (study.error, study.unmeasured) == ("", "")
    assert study.branches == {(5, 6), (5, 7), (7, 8), (7, 9), (9, 10), (9, 11), (11, 12), (11, 13)}
    taken = [each.arcs & study.branches for each in study.observations]
    assert taken == [
        {(5, 6)},
        {(5, 7), (7, 9), (9, 10)},
        {(5, 7), (7, 9), (9, 11), (11, 12)},
        {(5, 7), (7, 8), (7, 9), (9, 11), (11, 13)},
    ]
    assert [set(each) for each in study.killed] == [{1}, {2, 3}, {3}, {2}, set(), {0, 1, 2, 3}, {0, 1, 2, 3}]
    assert set(study.compared) == {frozenset({0, 1, 2, 3})}


@pytest.mark.parametrize(
    ("module", "error"),
    [
        ("exits", "importing it raises SystemExit: 1"),
        ("dies", "importing it ends the process"),
        ("raises", "importing it raises ZeroDivisionError: division by zero"),
        ("package.inner.base", "importing it defines no `f`"),
        ("package.missing", "importing it raises ModuleNotFoundError: No module named 'package.missing'"),
    ],
)
def test_a_module_that_cannot_be_imported(sandbox: Sandbox, project: Path, module: str, error: str) -> None:
    assert study_function(sandbox, asked(project, module, "f", calls=("f()",))).error.startswith(error)


def test_a_module_that_tells_lies_in_our_name_breaks_nothing(sandbox: Sandbox, project: Path) -> None:
    request = asked(project, "package.inner.liar", "f", calls=("f(1)", "f(2)"), mutants=("def f(x): return 2\n",))
    study = study_function(sandbox, replace(request, replaced={request.path: LIAR.encode()}))
    first, second = study.observations
    assert (first.value, first.imports, first.arguments_after, first.arcs) == (None, (), (None,), {(1, 2)})
    assert second.outcome == "refused"
    shouted = replace(request, replaced={request.path: b"raise ValueError('x' * 10**6)\ndef f(): ...\n"})
    assert len(study_function(sandbox, shouted).error) < 400


@pytest.mark.parametrize("source", ["while True: pass", "import time; time.sleep(600)"])
def test_a_module_that_is_never_imported(
    sandbox: Sandbox, project: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_lsp.execution.function_study._IMPORT_S", 0.1)
    request = asked(project, "endless", "f", calls=("f()",))
    study = study_function(sandbox, replace(request, replaced={request.path: source.encode()}))
    assert study.error == "importing it takes more than 0.1 s"


def test_secrets_stay_closed(sandbox: Sandbox, project: Path) -> None:
    request = asked(project, "reader", "f", calls=("f('.env')", "f('plain')"))
    source = f"def f(name):\n    return open({str(project / 'src')!r} + '/' + name).read()\n"
    for name in (".env", "plain"):
        (project / "src" / name).write_text("read")
        (project / "src" / name).chmod(0o644)
    told = observe(
        sandbox, replace(request, replaced={request.path: source.encode()}, masked=(project / "src" / ".env",))
    )
    assert [each.value for each in told] == ["''", "'read'"]


def test_a_module_is_its_files_whatever_its_name(sandbox: Sandbox, project: Path) -> None:
    for module, value in (("json", "'mine'"), ("my-script", "'script'")):
        assert [each.value for each in observe(sandbox, asked(project, module, "f", calls=("f()",)))] == [value]


def test_what_is_not_saved_is_studied(sandbox: Sandbox, project: Path) -> None:
    request = asked(project, "package.inner.new", "f", calls=("f()",))
    unsaved = {request.path: b"from . import calls\n\ndef f():\n    return calls.sign(3), __name__\n"}
    told = observe(sandbox, replace(request, replaced=unsaved))
    assert [each.value for each in told] == ["(1, 'package.inner.new')"]


def test_a_function_in_one_line_has_no_branch_out_of_itself(sandbox: Sandbox, project: Path) -> None:
    request = asked(project, "line", "f", calls=("f()",), coverage=True, lines=(1, 1))
    study = study_function(sandbox, replace(request, replaced={request.path: b"def f(): return 3\n\nother = 1\n"}))
    assert study.branches <= study.observations[0].arcs


def test_what_is_not_reached_in_time_is_told(sandbox: Sandbox, project: Path) -> None:
    request = kinds(project, "plain", "sleeps", "plain", limits=Limits(wall_s=2.0, memory_bytes=512 * MIB))
    told = observe(sandbox, replace(request, call_timeout_s=60.0))
    assert [each.outcome for each in told] == ["returned", "refused", "refused"]


def works(sandbox: Sandbox, project: Path) -> None:
    """One study with everything; raises where it is not as it should be."""
    request = asked(
        project,
        "package.inner.calls",
        "sign",
        calls=("sign(-1)", "sign(1)"),
        mutants=(CALLS.replace("return 1\n", "return 2\n"),),
        coverage=True,
    )
    study = study_function(sandbox, request)
    assert [(each.value, each.stable) for each in study.observations] == [("-1", True), ("1", True)], study
    assert (study.killed, bool(study.branches), study.unmeasured) == ((frozenset({1}),), True, "")


def test_the_same_holds_for_a_plain_user(sandbox: Sandbox, project: Path) -> None:
    works(sandbox, project)
    source = (
        "import sys; from pathlib import Path; from codex_lsp.execution.sandbox import find_sandbox;"
        "from tests.unit.execution.test_function_study import works; works(find_sandbox(), Path(sys.argv[1]))"
    )
    command = as_plain_user([sys.executable, "-c", source, str(project)])
    done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, "")
