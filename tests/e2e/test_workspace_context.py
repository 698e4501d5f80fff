"""Other files of a workspace in the prompt, by a real server and by the command: which ones, and which never."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.peer import Peer
from tests.e2e.raw_client import INLINE, Message, RawClient, at, raw_client

CLIENT: Message = {
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True},
    "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}},
}
DEFINITION = "def unpack_crate(label, straps):"
APP = "from storage import unpack_crate\n\n\nboxes = unpack_crate("
FILES = {
    "storage.py": f'{DEFINITION}\n    """Open one."""\n    return label\n',
    ".env": "UNPACK_CRATE_ENV=1\n",
    ".env.py": "unpack_crate_env = unpack_crate(label, straps)\n",
    "ignored/storage.py": "unpack_crate_ignored = unpack_crate(label, straps)\n",
    "app.py": APP,
    ".gitignore": "ignored/\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "gone.py").symlink_to(root / "nowhere.py")
    return root


@pytest.fixture
async def reading_client(tmp_path: Path, peer: Peer) -> AsyncIterator[RawClient]:
    """A server whose model reads other files' pieces."""
    environment = {"CODEX_LSP_ENDPOINT_URL": peer.url, "CODEX_LSP_ENDPOINT_TEMPLATE": "qwen2.5-coder"}
    async with raw_client(tmp_path, environment) as connected:
        yield connected


async def ask(client: RawClient, uri: str, text: str) -> None:
    """Have a prompt made at the end of a document."""
    await client.ask(INLINE, at(uri, text.count("\n"), len(text.rsplit("\n", 1)[-1])))


async def indexed(client: RawClient, *, count: int = 1) -> None:
    """Wait until the workspace has been read so many times."""

    def ended(message: Message) -> bool:
        return (
            message.get("method") == "$/progress"
            and str(message["params"]["value"].get("message")).endswith(" files")
            and message["params"]["value"]["kind"] == "end"
        )

    await client.message(ended, count=count)


async def test_a_symbol_of_another_file_is_in_the_prompt(reading_client: RawClient, peer: Peer, project: Path) -> None:
    client, uri = reading_client, (project / "app.py").as_uri()
    await client.initialize(CLIENT, folder=project.as_uri(), trusted=True)
    await client.open(uri, APP)
    await ask(client, uri, APP)
    await indexed(client)
    begun = await client.message(lambda message: "Indexing" in str(message.get("params")))
    assert begun["params"]["value"]["kind"] == "begin"

    await client.insert(uri, 3, len("boxes = unpack_crate("), "x, ")
    await ask(client, uri, APP + "x, ")

    prompt = peer.prompts[-1]
    assert DEFINITION in prompt
    assert prompt.index("<|file_sep|>storage.py") < prompt.index(DEFINITION) < prompt.index("<|file_sep|>app.py")
    assert "unpack_crate_ignored" not in prompt
    assert "env" not in prompt.lower()


async def test_files_that_change_beside_the_editor(reading_client: RawClient, peer: Peer, project: Path) -> None:
    client, uri = reading_client, (project / "app.py").as_uri()
    await client.initialize(CLIENT, folder=project.as_uri(), trusted=True)
    registered = await client.message(lambda message: message.get("method") == "client/registerCapability")
    (registration,) = registered["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    assert any("py" in watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"])
    await client.open(uri, APP)
    await ask(client, uri, APP)
    await indexed(client)

    (project / "storage.py").unlink()
    (project / ".gitignore").write_text("# nothing\n")
    changed = [{"uri": (project / name).as_uri(), "type": 2} for name in ("storage.py", ".gitignore")]
    await client.notify("workspace/didChangeWatchedFiles", {"changes": changed})
    await indexed(client, count=2)
    await client.insert(uri, 3, len("boxes = unpack_crate("), "x, ")
    await ask(client, uri, APP + "x, ")
    assert "unpack_crate_ignored" in peer.prompts[-1]
    assert DEFINITION not in peer.prompts[-1]


async def test_an_untrusted_workspace_brings_open_files_only(
    reading_client: RawClient, peer: Peer, project: Path
) -> None:
    client, uri = reading_client, (project / "app.py").as_uri()
    await client.initialize(CLIENT, folder=project.as_uri())
    said = await client.message(lambda message: message.get("method") == "window/logMessage")
    assert "not trusted" in said["params"]["message"]
    await client.open((project / "open.py").as_uri(), "def open_crate(label, straps): pass\n")
    await client.open((project / ".env").as_uri(), "unpack_crate(label, straps, UNPACK_CRATE_ENV)\n")
    await client.open(uri, APP)
    await ask(client, uri, APP)
    # The documents are read one after another; the last one is the one that is asked in.
    for number in range(1, 200):
        text = APP + "label, " * number
        await client.insert(uri, 3, len("boxes = unpack_crate(") + len("label, ") * (number - 1), "label, ")
        await client.insert(uri, 0, 0, "\n" * 30)
        await ask(client, uri, "\n" * 30 * number + text)
        if "open_crate" in peer.prompts[-1]:
            break
    assert "def open_crate(label, straps): pass" in peer.prompts[-1]
    assert all(DEFINITION not in prompt and "ENV" not in prompt for prompt in peer.prompts)


@pytest.mark.parametrize(("flags", "is_there"), [((), True), (("--untrusted",), False)])
async def test_the_command_draws_on_the_project_of_the_file(
    peer: Peer,
    project: Path,
    tmp_path: Path,
    flags: tuple[str, ...],
    is_there: bool,  # noqa: FBT001
) -> None:
    environment = {
        **os.environ,
        "CODEX_LSP_ENDPOINT_URL": peer.url,
        "CODEX_LSP_CONTEXT_SNIPPETS": "always",
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    peer.rows = [("a + b)", -0.1)]
    (project / ".git").mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex_lsp", "complete", f"{project / 'app.py'}:4:22", "--json", *flags),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert json.loads(output)["candidates"]
    assert (DEFINITION in peer.prompts[0]) is is_there
    assert "unpack_crate_ignored" not in peer.prompts[0]
    assert "unpack_crate_env" not in peer.prompts[0].lower()
