import socket
import subprocess
import sys
import time

import pytest

from codex_lsp.execution.channel import Channel, ChannelClosed
from codex_lsp.execution.decoder import decode
from codex_lsp.execution.encoding import encode

_SERVE = "from codex_lsp.execution.checker import main; main()"
_PATIENCE_S = 60.0


def test_a_check_that_nobody_waits_for_ends_inside_an_operation_that_lasts() -> None:
    control, served = socket.socketpair()
    candidate, given = socket.socketpair()
    verdict, told = socket.socketpair()
    test = "def check(candidate):\n    sum(range(10 ** 18))\n"
    with control, candidate, verdict:
        with served, given, told:
            command = [sys.executable, "-c", _SERVE, str(served.fileno())]
            server = subprocess.Popen(command, pass_fds=[served.fileno()])
            socket.send_fds(control, [b"\0"], [given.fileno(), told.fileno()])
            Channel(control.fileno()).send(encode(test))
        deadline = time.monotonic() + _PATIENCE_S
        channel, asked = Channel(verdict.fileno()), Channel(candidate.fileno())
        channel.send(encode(("def f(): pass", "f", 10 * _PATIENCE_S)))
        assert decode(channel.receive(deadline)) == ("started",)
        asked.receive(deadline)
        asked.send(encode(("loaded",)))
        verdict.close()
        with pytest.raises(ChannelClosed):  # the fork held the other end, and is gone
            asked.receive(deadline)
    assert server.wait(_PATIENCE_S) == 0
