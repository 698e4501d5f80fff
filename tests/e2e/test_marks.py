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


async def test_what_is_accepted_in_parts_is_marked_as_it_comes(client: RawClient, peer: Peer) -> None:
    text = TEXT.replace("    return ", "    ")
    first, second = "subprocess.run(x, shell=", "True)"
    peer.rows = [(f"{first}{second}\n    return 1", -0.1)]
    await client.initialize()
    await client.open(URI, text)
    column = 4
    [item] = (await client.ask(INLINE, at(URI, 4, column)))["items"]
    assert item["insertText"].endswith("return 1")
    # A word at a time, the bracket that the editor closes behind them; then the rest of the line, without the next one.
    await client.insert(URI, 4, column, f"{first})")
    await client.change(URI, [{"range": span(4, column + len(first), 4, column + len(first) + 1), "text": second}])
    [diagnostic] = (await client.message(published))["params"]["diagnostics"]
    assert (diagnostic["code"], diagnostic["range"]["start"]["line"]) == ("B602", 4)
    # The person goes on by themselves below it: it stays.
    await client.insert(URI, 4, column + len(first + second), "\n    return 2")
    assert await client.leave() == 0
    assert sum(map(published, client.received)) == 1


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
