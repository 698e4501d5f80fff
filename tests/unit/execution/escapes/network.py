"""Programs that talk to somebody."""

from tests.unit.execution.escapes.escape import Escape

NETWORK = (
    *(
        Escape(
            name=f"sockets: {name}",
            source=f"""
import socket
def attack():
    made = socket.socket({family}, {kind})
    {act}
    return made
attempt({name!r}, attack)
""",
        )
        for name, family, kind, act in (
            ("a connection", "socket.AF_INET", "socket.SOCK_STREAM", "made.connect((given['address'], given['port']))"),
            ("a listener", "socket.AF_INET", "socket.SOCK_STREAM", "made.bind(('0.0.0.0', 0)); made.listen()"),
            ("a connection by IPv6", "socket.AF_INET6", "socket.SOCK_STREAM", "made.connect(('::1', given['port']))"),
            (
                "a datagram",
                "socket.AF_INET",
                "socket.SOCK_DGRAM",
                "made.sendto(b'x', (given['address'], given['port']))",
            ),
            ("a raw packet", "socket.AF_INET", "socket.SOCK_RAW", "pass"),
            ("the wire itself", "17", "socket.SOCK_RAW", "pass"),
            ("a Unix socket of the machine", "socket.AF_UNIX", "socket.SOCK_STREAM", "made.connect(given['socket'])"),
            (
                "an abstract Unix socket",
                "socket.AF_UNIX",
                "socket.SOCK_STREAM",
                "made.connect(chr(0) + given['token'])",
            ),
            ("a Unix datagram", "socket.AF_UNIX", "socket.SOCK_DGRAM", "made.bind('x')"),
            ("netlink", "16", "socket.SOCK_RAW", "pass"),
            ("the host of a virtual machine", "40", "socket.SOCK_STREAM", "pass"),
            ("ciphers of the kernel", "38", "socket.SOCK_SEQPACKET", "pass"),
        )
    ),
    Escape(
        name="sockets: every family there is",
        source="""
import socket
for family in range(64):
    for kind in (1, 2, 3, 5):
        attempt(f"family {family} kind {kind}", socket.socket, family, kind)
for kind in (2, 5):
    attempt("pair of datagrams", socket.socketpair, socket.AF_UNIX, kind)
""",
    ),
    Escape(
        name="names of the network",
        source="""
import socket
for name in ("localhost", "example.org", given["address"]):
    attempt(name, socket.create_connection, (name, given["port"]), 0.2)
attempt("name", socket.gethostbyname, "example.org")
""",
    ),
    Escape(
        name="the network as it is seen",
        source="""
interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]]
if set(interfaces) - {"lo"}:
    escaped("interfaces", interfaces)
if len(open("/proc/net/unix").readlines()) > 1:
    escaped("Unix sockets")
""",
    ),
)
