"""Real servers: `codex-lsp serve` as a process, and a scripted peer of the completions protocol behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.peer import Peer, serving_peer
from tests.e2e.raw_client import RawClient, raw_client


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """What stands behind `client`."""
    async with serving_peer() as serving:
        yield serving


@pytest.fixture
async def client(tmp_path: Path, peer: Peer) -> AsyncIterator[RawClient]:
    """A server whose endpoint is `peer`; it has not been greeted yet."""
    async with raw_client(tmp_path, {"CODEX_LSP_ENDPOINT_URL": peer.url}) as connected:
        yield connected
