"""Programs that play with signals, processes and descriptors."""

from tests.unit.execution.escapes.escape import SHORT, TIMED_OUT, Escape

SIGNALS = (
    Escape(
        name="ignoring every signal that can be",
        source="""
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
while True:
    time.sleep(1)
""",
        outcomes=TIMED_OUT,
        limits=SHORT,
    ),
    Escape(
        name="stopping itself",
        source="os.kill(os.getpid(), signal.SIGSTOP)",
        outcomes=TIMED_OUT,
        limits=SHORT,
    ),
    Escape(
        name="killing everybody",
        source="""
for pid in (-1, 1, os.getppid(), 0, given["pid"], given["parent"]):
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        os.kill(pid, signal.SIGTERM if pid == 0 else signal.SIGKILL)
    except OSError:
        pass
""",
    ),
    Escape(
        name="finding other processes",
        source="""
for pid in [*range(3, 5000), given["pid"], given["parent"]]:
    if pid != os.getpid():
        attempt(f"kill {pid}", os.kill, pid, 0)
seen = [name for name in os.listdir("/proc") if name.isdigit()]
if len(seen) > 3:
    escaped("processes", seen)
""",
    ),
    Escape(
        name="a daemon that outlives it",
        source="""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            try:
                signal.signal(number, signal.SIG_IGN)
            except OSError:
                pass
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
""",
    ),
    Escape(
        name="children that hold its output open",
        source="""
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        time.sleep(10**6)
""",
    ),
    Escape(
        name="zombies",
        source="""
for _ in range(12):
    if os.fork() == 0:
        os._exit(0)
time.sleep(0.1)
""",
    ),
    Escape(
        name="process numbers used again and again",
        source="""
for _ in range(200):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
""",
    ),
    Escape(
        name="closing every descriptor",
        source="os.closerange(0, 4096)\nwhile True: pass",
        outcomes=TIMED_OUT,
        limits=SHORT,
    ),
    Escape(
        name="typing into a terminal",
        source="""
import fcntl, termios
for descriptor in (0, 1, 2):
    attempt("TIOCSTI", fcntl.ioctl, descriptor, termios.TIOCSTI, b"x")
attempt("terminal", os.open, "/dev/tty", os.O_RDWR)
attempt("terminal", os.open, "/dev/ptmx", os.O_RDWR)
attempt("console", os.open, "/dev/console", os.O_RDWR)
""",
    ),
)
