"""Programs that use up what the machine has."""

from codex_lsp.execution.limits import MIB, Limits
from codex_lsp.execution.verdict import Outcome
from tests.unit.execution.escapes.escape import OUT_OF_MEMORY, SHORT, TIMED_OUT, Escape

USING_UP = (
    Escape(
        name="fork bomb",
        source="""
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
        outcomes=TIMED_OUT,
        limits=SHORT,
    ),
    Escape(
        name="as many processes as there can be",
        source="""
started = 0
for _ in range(200):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        signal.pause()
    started += 1
if not 16 <= started <= 40:
    escaped("processes", started)
""",
    ),
    Escape(
        name="as many threads as there can be",
        source="""
import threading
stop, started = threading.Event(), 0
threading.stack_size(65536)
for _ in range(200):
    try:
        threading.Thread(target=stop.wait, daemon=True).start()
    except RuntimeError:
        break
    started += 1
if not 16 <= started <= 40:
    escaped("threads", started)
stop.set()
""",
    ),
    Escape(name="memory of one process", source="held = bytearray(1 << 30)", outcomes=OUT_OF_MEMORY),
    Escape(
        name="memory in small pieces",
        source="held = []\nwhile True: held.append(bytearray(1 << 20))",
        outcomes=OUT_OF_MEMORY,
    ),
    Escape(
        name="mapped memory",
        source="""
import mmap
for size in (1 << 28, 1 << 30, 1 << 36):
    attempt("mmap", mmap.mmap, -1, size)
""",
    ),
    Escape(
        name="memory of many processes",
        source="""
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(b"x") * (48 << 20)
        signal.pause()
time.sleep(30)
""",
        outcomes=OUT_OF_MEMORY,
        limits=Limits(wall_s=20.0, memory_bytes=128 * MIB),
    ),
    Escape(
        name="memory shared by many processes",
        source="""
import mmap
for _ in range(8):
    if os.fork() == 0:
        held = mmap.mmap(-1, 48 << 20)
        for at in range(0, 48 << 20, 4096):
            held[at] = 1
        signal.pause()
time.sleep(30)
""",
        outcomes=OUT_OF_MEMORY,
        limits=Limits(wall_s=20.0, memory_bytes=128 * MIB),
    ),
    Escape(
        name="shared memory of System V, message queues, memory files",
        source="""
denied("shmget", 29, 194, 0, 1 << 20, 0o1600)
denied("msgget", 68, 186, 0, 0o1600)
denied("semget", 64, 190, 0, 1, 0o1600)
denied("memfd_create", 319, 279, b"x", 0)
denied("memfd_secret", 447, 447, 0)
denied("mq_open", 240, 180, b"x", os.O_CREAT | os.O_RDWR, 0o600, None)
""",
    ),
    Escape(
        name="filling the disk",
        source="""
written = 0
try:
    for number in range(1000):
        with open(f"fill{number}", "wb") as file:
            for _ in range(4):
                written += file.write(bytes(1 << 20))
except OSError as error:
    if error.errno != errno.ENOSPC:
        raise
if not 8 << 20 <= written <= 17 << 20:
    escaped("disk", written)
""",
    ),
    Escape(
        name="filling the disk through three doors",
        source="""
written = 0
for folder in ("/tmp", "/dev/shm", "/tmp/work"):
    try:
        for number in range(1000):
            with open(f"{folder}/fill{number}", "wb", buffering=0) as file:
                written += file.write(bytes(1 << 20))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
if not 8 << 20 <= written <= 17 << 20:
    escaped("disk", written)
""",
    ),
    Escape(
        name="one large file",
        source="""
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("large", "wb", buffering=0) as file:
    attempt("truncate", file.truncate, 1 << 30)
    file.seek(4 << 20)
    attempt("write beyond", file.write, b"x")
""",
    ),
    Escape(
        name="as many descriptors as there can be",
        source="""
opened = []
try:
    while len(opened) < 5000:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
if len(opened) > 256:
    escaped("descriptors", len(opened))
""",
    ),
    Escape(
        name="a gigabyte of output and complaints",
        source="for _ in range(1 << 13): os.write(1, bytes(1 << 16)); os.write(2, bytes(1 << 16))",
        outcomes=frozenset({Outcome.PASSED, Outcome.TIMED_OUT}),
    ),
    Escape(name="looping for ever", source="while True: pass", outcomes=TIMED_OUT, limits=SHORT),
    Escape(
        name="more processor time than given",
        source="""
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True: pass
""",
        outcomes=frozenset({Outcome.ERROR, Outcome.TIMED_OUT}),
        limits=Limits(wall_s=15.0, cpu_s=1.0),
    ),
    Escape(name="sleeping for ever", source="time.sleep(10**6)", outcomes=TIMED_OUT, limits=SHORT),
    Escape(
        name="raising its own limits",
        source="""
import resource
for name in ("AS", "NPROC", "FSIZE", "NOFILE", "CPU", "MEMLOCK", "MSGQUEUE", "CORE"):
    kind = getattr(resource, "RLIMIT_" + name)
    hard = resource.getrlimit(kind)[1]
    attempt("setrlimit", resource.setrlimit, kind, (hard + 1, hard + 1))
    attempt("prlimit of the first process", resource.prlimit, 1, kind, (hard + 1, hard + 1))
attempt("nice", os.nice, -5)
attempt("realtime", os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1))
if libc.mlockall(3) == 0:
    escaped("mlockall")
attempt("oom_score_adj", lambda: open("/proc/self/oom_score_adj", "wb", buffering=0).write(b"-1000"))
""",
    ),
    Escape(
        name="a huge list of arguments",
        source="""
arguments = ["/bin/true"] + ["x" * 100000] * 100
attempt("execv", os.execv, "/bin/true", arguments)
""",
    ),
)
