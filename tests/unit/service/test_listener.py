import os
import socket
import stat
from pathlib import Path

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.service.listener import tcp_listener, unix_listener


def test_a_unix_socket_is_private_and_removed(short_folder: Path) -> None:
    path = short_folder / "new" / "engine.sock"
    with unix_listener(path) as listener:
        assert listener.name == str(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
    assert not path.exists()


def test_a_stale_socket_is_replaced(short_folder: Path) -> None:
    path = short_folder / "engine.sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    with unix_listener(path):
        assert path.is_socket()


def test_a_socket_in_use_is_left_alone(short_folder: Path) -> None:
    path = short_folder / "engine.sock"
    with unix_listener(path):
        with pytest.raises(UsageError, match="another engine"):
            unix_listener(path)
        assert path.is_socket()


def test_a_socket_that_another_engine_took_over_is_not_removed(short_folder: Path) -> None:
    path = short_folder / "engine.sock"
    with unix_listener(path):
        path.rename(short_folder / "moved.sock")
        other = unix_listener(path)
    with other:
        assert path.is_socket()


def test_a_file_that_is_no_socket_is_kept(short_folder: Path) -> None:
    path = short_folder / "engine.sock"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="no socket"):
        unix_listener(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_open_to_others_is_refused(short_folder: Path) -> None:
    short_folder.chmod(0o755)
    with pytest.raises(UsageError, match="chmod 700"):
        unix_listener(short_folder / "engine.sock")


def test_a_linked_folder_is_refused(short_folder: Path) -> None:
    (short_folder / "real").mkdir(mode=0o700)
    (short_folder / "link").symlink_to(short_folder / "real")
    with pytest.raises(UsageError, match="not a folder of yours"):
        unix_listener(short_folder / "link" / "engine.sock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(short_folder: Path) -> None:
    folder = short_folder / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(UsageError, match="not a folder of yours"):
        unix_listener(folder / "engine.sock")


def test_a_path_too_long_for_a_socket_is_refused(short_folder: Path) -> None:
    with pytest.raises(UsageError, match="shorten"):
        unix_listener(short_folder / ("x" * 120))


def test_tcp_names_its_port_and_tells_when_it_is_taken() -> None:
    with tcp_listener("127.0.0.1", 0) as listener:
        port = listener.socket.getsockname()[1]
        assert listener.name == f"http://127.0.0.1:{port}/v1"
        with pytest.raises(UsageError, match=str(port)):
            tcp_listener("127.0.0.1", port)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(UsageError, match=r"999\.0\.0\.1"):
        tcp_listener("999.0.0.1", 0)
