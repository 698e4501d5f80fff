"""MultiPL-E: our own tasks with the languages that are here, and refusals for those that are not."""

import shutil
from pathlib import Path

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.grading import verdict_of
from codex_lsp.evaluation.json_lines import Line, objects_of
from codex_lsp.evaluation.multipl_e import read_multipl_e
from codex_lsp.execution.sandboxed_grader import SandboxedGrader
from codex_lsp.execution.toolchains import find_toolchain, known_languages

OWN = Path(__file__).with_name("hand_written") / "multipl_e.jsonl"


@pytest.mark.parametrize(("at", "tool"), [(0, "node"), (1, "bash"), (2, "g++")])
def test_our_own_tasks(at: int, tool: str, grader: SandboxedGrader) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    benchmark = read_multipl_e(objects_of(OWN), "multipl-e")
    task = benchmark.tasks[at]
    assert verdict_of(benchmark, task, task.reference, grader).passed
    assert not verdict_of(benchmark, task, "", grader).passed
    assert not verdict_of(benchmark, task, task.reference.replace("number", "3", 1).replace("1", "2"), grader).passed


def test_a_missing_tool_is_a_refusal_that_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    benchmark = read_multipl_e(objects_of(OWN), "multipl-e")
    assert [task.stop for task in benchmark.tasks][1:] == [("\n}",), ("\n}",)]
    with pytest.raises(UsageError, match=r"^language `js`: there is no `node` here; install Node\.js$"):
        benchmark.checks(benchmark.tasks[0], "")


def test_a_missing_library_is_one_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lua = tmp_path / "lua"
    lua.write_text("#!/bin/sh\nexit 1\n")
    lua.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(UsageError, match="language `lua`: luaunit is missing; install Lua and its luaunit"):
        find_toolchain("lua")


def test_a_missing_jar_is_one_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in ("javac", "java"):
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CLASSPATH", raising=False)
    with pytest.raises(UsageError, match="language `java`: javatuples is missing; name its jar in CLASSPATH"):
        find_toolchain("java")
    jar = tmp_path / "javatuples-1.2.jar"
    jar.touch()
    monkeypatch.setenv("CLASSPATH", str(jar))
    found = find_toolchain("java")
    assert jar.resolve() in found.readable
    assert f"-cp .:{jar.resolve()}" in found.command[-1]


def test_tools_outside_of_the_system_are_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    php = tmp_path / "php-8" / "bin" / "php"
    php.parent.mkdir(parents=True)
    php.write_text("#!/bin/sh\n")
    php.chmod(0o755)
    monkeypatch.setenv("PATH", str(php.parent), prepend=":")
    found = find_toolchain("php")
    assert found.readable == (tmp_path.resolve() / "php-8",)
    assert found.command[-1] == f"{php.resolve()} program.php"


def test_an_unknown_language_lists_those_that_are_known() -> None:
    with pytest.raises(UsageError, match="language `klingon`: no way to run it is known; one of py, js"):
        find_toolchain("klingon")


def test_gos_name_in_one_release() -> None:
    value = {"name": "x", "language": "go_test.go", "prompt": "", "tests": "", "stop_tokens": []}
    benchmark = read_multipl_e([Line(path="f", number=1, value=value)], "multipl-e", find_toolchain)
    assert benchmark.tasks[0].task_id == "go/x"


def test_the_table_of_languages_is_whole() -> None:
    fields = {"language", "file", "script", "tools", "install"}
    for name, recipe in known_languages().items():
        assert fields <= set(recipe), name
        assert ("probe" in recipe) == ("library" in recipe), name
        places = dict.fromkeys(recipe["tools"], "tool")
        assert recipe["script"].format(**places, jars=""), name
