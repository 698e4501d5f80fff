import asyncio
import os
import subprocess
import sys

from codex_lsp.server.stdio import DescriptorWriter, chunks_of

STRAY = """
import os, subprocess, sys
from codex_lsp.server.stdio import claim_stdio
reader, writer = claim_stdio()
print("stray", flush=True)
os.write(1, b"deeper")
subprocess.run(["echo", "child"], check=True)
assert sys.stdin.read() == ""
os.write(writer, os.read(reader, 100))
"""


def test_only_the_protocol_reaches_standard_output() -> None:
    done = subprocess.run([sys.executable, "-c", STRAY], input=b"hello", capture_output=True, check=True)
    assert done.stdout == b"hello"
    assert done.stderr.replace(b"\n", b" ") == b"stray deeperchild "


async def test_chunks_until_the_end() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        DescriptorWriter(writer, on_lost=lambda: None).write(b"x" * 200_000)
        os.close(writer)

    writing = asyncio.create_task(asyncio.to_thread(write))
    assert b"".join([chunk async for chunk in chunks_of(reader)]) == b"x" * 200_000
    await writing
    os.close(reader)


def test_a_reader_that_has_gone_is_told_once() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lost: list[str] = []
    out = DescriptorWriter(writer, on_lost=lambda: lost.append("lost"))
    out.write(b"one")
    out.write(b"two")
    assert lost == ["lost"]
    os.close(writer)
