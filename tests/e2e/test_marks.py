"""Marks on suggestions in a real server process: diagnostics after an acceptance, warnings in the menu."""

from tests.e2e.peer import Peer
from tests.e2e.raw_client import INLINE, MENU, Message, RawClient, at, span

URI = "file:///work/run.py"
TEXT = "import subprocess\n\n\ndef run(x):\n    return "
INSECURE = "subprocess.run(x, shell=True)"
PUBLISHED = "textDocument/publishDiagnostics"


def published(message: Message) -> bool:
    return message.get("method") == PUBLISHED


async def test_an_accepted_suggestion_is_marked_on_its_line_until_that_changes(client: RawClient, peer: Peer) -> None:
    peer.rows = [(INSECURE, -0.1)]
    await client.initialize()
    await client.open(URI, TEXT)
    result = await client.ask(INLINE, at(URI, 4, 11))
    [item] = result["items"]
    assert item["insertText"] == INSECURE
    assert not any(map(published, client.received))
    await client.insert(URI, 4, 11, INSECURE)
    await client.ask("workspace/executeCommand", item["command"])
    [diagnostic] = (await client.message(published))["params"]["diagnostics"]
    assert diagnostic["range"] == span(4, 4, 4, 11 + len(INSECURE))
    assert (diagnostic["source"], diagnostic["code"], diagnostic["severity"]) == ("codex-lsp", "B602", 2)
    assert "shell=True" in diagnostic["message"]
    await client.change(URI, [{"range": span(4, 11, 4, 11 + len(INSECURE)), "text": "x"}])
    assert (await client.message(published, count=2))["params"]["diagnostics"] == []
    assert await client.leave() == 0


async def test_an_entry_of_the_menu_says_what_is_marked_when_it_is_looked_at(client: RawClient, peer: Peer) -> None:
    peer.rows = [("eusts", -0.1)]
    capabilities = await client.initialize({"textDocument": {"completion": {}}})
    assert capabilities["completionProvider"]["resolveProvider"] is True
    await client.open(URI, "import req")
    where = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 10}}
    [item] = (await client.ask(MENU, where))["items"]
    assert "⚠" not in item["documentation"]["value"]
    resolved = await client.ask("completionItem/resolve", item)
    assert resolved["documentation"]["value"].startswith("⚠ unknown import: `reqeusts` is neither installed")
    assert resolved["documentation"]["value"].endswith("reqeusts")
    assert resolved["textEdit"] == item["textEdit"]
    harmless = await client.ask("completionItem/resolve", {"label": "not ours"})
    assert harmless == {"label": "not ours"}
