import subprocess
import sys
from pathlib import Path

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.folders import beside, held, written_beside


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(out: Path, text: str) -> None:
    with written_beside(out) as partial:
        (partial / "file").write_text(text)


def test_the_new_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for text in ("one", "two"):
        write(tmp_path / "deep" / "out", text)
    assert (tmp_path / "deep" / "out" / "file").read_text() == "two"
    assert names(tmp_path / "deep") == ["out"]


def test_what_was_there_stands_where_the_block_fails(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    with pytest.raises(RuntimeError), written_beside(tmp_path / "out"):
        raise RuntimeError
    assert (tmp_path / "out" / "file").read_text() == "one"
    assert names(tmp_path) == ["out"]


def test_a_folder_moved_aside_before_a_kill_comes_back(tmp_path: Path) -> None:
    write(tmp_path / "out", "one")
    (tmp_path / "out").rename(beside(tmp_path / "out", "old"))
    with pytest.raises(RuntimeError), written_beside(tmp_path / "out"):
        raise RuntimeError
    assert (tmp_path / "out" / "file").read_text() == "one"


def test_two_commands_do_not_write_one_folder(tmp_path: Path) -> None:
    with written_beside(tmp_path / "out") as partial:
        (partial / "file").write_text("one")
        with pytest.raises(TrainingError, match="another command is writing there"), written_beside(tmp_path / "out"):
            pytest.fail("two write it")
    assert (tmp_path / "out" / "file").read_text() == "one"


def test_what_a_kill_left_is_not_taken_for_new(tmp_path: Path) -> None:
    left = beside(tmp_path / "out", "partial")
    (left / "deep").mkdir(parents=True)
    (left / "link").symlink_to(tmp_path)
    write(tmp_path / "out", "one")
    assert names(tmp_path / "out") == ["file"]


def test_neighbours_of_a_person_are_left_alone(tmp_path: Path) -> None:
    for name in ("out.partial", "out.old"):
        (tmp_path / name).mkdir()
    write(tmp_path / "out", "one")
    assert names(tmp_path) == ["out", "out.old", "out.partial"]


def test_the_working_folder_itself_and_a_link_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "here")
    write(tmp_path / "link", "linked")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "here" / "file").read_text() == "linked"
    monkeypatch.chdir(tmp_path / "here")
    write(Path(), "dot")
    assert (tmp_path / "here" / "file").read_text() == "dot"


def test_a_mount_point_is_refused_before_the_work() -> None:
    with pytest.raises(OSError, match="mount point"), written_beside(Path("/")):
        pytest.fail("nothing may be written")


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from codex_lsp.training.folders import held\n"
        "with held(Path(sys.argv[1]), Path('out')): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(TrainingError, match="out: another command is writing there"), held(tmp_path, Path("out")):
            pytest.fail("two hold it")
        other.kill()
    with held(tmp_path, Path("out")):
        pass
