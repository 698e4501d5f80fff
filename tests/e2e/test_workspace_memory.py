"""What a real server tells an engine to remember: a trusted workspace's files, never what is excluded."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_lsp.models.scripted import ScriptedModel, everything
from codex_lsp.service.app import create_app
from tests.e2e.peer import serving
from tests.e2e.raw_client import GHOST_TEXT, INLINE, Message, RawClient, at, raw_client
from tests.e2e.test_workspace_context import indexed

CLIENT: Message = GHOST_TEXT | {"window": {"workDoneProgress": True}}
APP = "from storage import unpack_crate\n\n\nboxes = unpack_crate("
FILES = {
    "app.py": APP,
    "storage.py": "def unpack_crate(label, straps):\n    return label\n",
    "private/plans.py": "def unpack_crate(secret_plan, straps):\n    return secret_plan\n",
    "later.py": "def unpack_crate(later_plan, straps):\n    return later_plan\n",
    ".env": "UNPACK_CRATE=secret_plan\n",
    "ignored/storage.py": "def unpack_crate(secret_plan): pass\n",
    ".gitignore": "ignored/\n",
}


class Desk:
    """A client, the engine behind its server, and the workspace."""

    def __init__(self, client: RawClient, engine: ScriptedModel, root: Path) -> None:
        self.client, self._engine, self.root = client, engine, root
        self.uri = (root / "app.py").as_uri()
        self._keys = 0

    async def ask(self) -> str:
        """Type something and return all that the engine was shown of other files."""
        before = len(self._engine.requests)
        column = len("boxes = unpack_crate(") + 3 * self._keys
        await self.client.insert(self.uri, 3, column, "x, ")
        self._keys += 1
        await self.client.ask(INLINE, at(self.uri, 3, column + 3))
        assert len(self._engine.requests) > before
        asked = self._engine.requests[-1]
        remembered = () if asked.params.memory is None else asked.params.memory.texts
        assert all(text.text != APP for text in remembered)
        return "".join(text.text for text in (*remembered, *asked.prompt.snippets))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    engine = ScriptedModel(["1)"], capabilities=replace(everything("scripted"), snippets=True, remembers=True))
    async with serving(create_app(engine)) as url, raw_client(tmp_path, {"CODEX_LSP_ENDPOINT_URL": url}) as client:
        yield Desk(client, engine, root)


async def test_files_of_a_trusted_workspace_but_what_is_excluded(desk: Desk) -> None:
    options: Message = {"exclude": ["private/**"], "context": {"snippet_threshold": 0.0}}
    await desk.client.initialize(CLIENT, folder=desk.root.as_uri(), trusted=True, settings=options)
    await desk.client.open(desk.uri, APP)
    await desk.ask()
    await indexed(desk.client)
    told = await desk.ask()
    assert FILES["storage.py"] in told
    assert "later_plan" in told
    assert "secret_plan" not in told

    changed = {"settings": {"codex-lsp": options | {"exclude": ["private/**", "later.py"]}}}
    await desk.client.notify("workspace/didChangeConfiguration", changed)
    told = await desk.ask()
    assert "later_plan" not in told
    await indexed(desk.client, count=2)
    told = await desk.ask()
    assert FILES["storage.py"] in told
    assert "later_plan" not in told


async def test_the_memory_alone_has_the_workspace_read(desk: Desk) -> None:
    options: Message = {"context": {"snippets": "never"}}
    await desk.client.initialize(CLIENT, folder=desk.root.as_uri(), trusted=True, settings=options)
    await desk.client.open(desk.uri, APP)
    await desk.ask()
    await indexed(desk.client)
    assert FILES["storage.py"] in await desk.ask()


async def test_an_untrusted_workspace_brings_open_documents_only(desk: Desk) -> None:
    await desk.client.initialize(CLIENT, folder=desk.root.as_uri(), settings={"exclude": ["private"]})
    await desk.client.open((desk.root / "open.py").as_uri(), "def open_crate(): pass\n")
    await desk.client.open((desk.root / "private" / "plans.py").as_uri(), FILES["private/plans.py"])
    await desk.client.open(desk.uri, APP)
    for _ in range(3):
        told = await desk.ask()
        assert "def open_crate(): pass\n" in told
        assert "unpack_crate" not in told
