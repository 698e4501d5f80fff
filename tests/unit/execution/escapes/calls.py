"""Programs that ask the kernel for what is denied."""

from tests.unit.execution.escapes.escape import Escape

CALLS = (
    Escape(
        name="namespaces",
        source="""
for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000, 0x80):
    denied("unshare", 272, 97, flag)
    denied("clone", 56, 220, flag | 17, None, None, None, None) if flag != 0x80 else None
denied("setns", 308, 268, os.open("/proc/self/ns/user", os.O_RDONLY), 0)
denied("clone3", 435, 435, (ctypes.c_uint64 * 8)(0x10000000), 64)
""",
    ),
    Escape(
        name="mounts",
        source="""
denied("mount", 165, 40, b"none", b"/tmp/work", b"tmpfs", 0, None)
denied("umount2", 166, 39, b"/proc", 2)
denied("pivot_root", 155, 41, b"/tmp", b"/tmp/work")
denied("fsopen", 430, 430, b"tmpfs", 0)
denied("open_tree", 428, 428, -100, b"/", 1)
denied("move_mount", 429, 429, -1, b"", -1, b"", 0)
denied("mount_setattr", 442, 442, -100, b"/usr", 0, bytes(32), 32)
""",
    ),
    Escape(
        name="tracing and other processes' memory",
        source="""
denied("ptrace traceme", 101, 117, 0, 0, 0, 0)
denied("ptrace attach", 101, 117, 16, 1, 0, 0)
denied("process_vm_readv", 310, 270, 1, bytes(16), 1, bytes(16), 1, 0)
denied("process_vm_writev", 311, 271, 1, bytes(16), 1, bytes(16), 1, 0)
denied("kcmp", 312, 272, 1, 1, 0, 0, 0)
denied("pidfd_getfd", 438, 438, 3, 0, 0)
denied("perf_event_open", 298, 241, bytes(128), 0, -1, -1, 0)
""",
    ),
    Escape(
        name="rings, faults, programs and keys of the kernel",
        source="""
denied("io_uring_setup", 425, 425, 8, bytes(120))
denied("io_setup", 206, 0, 8, bytes(8))
denied("userfaultfd", 323, 282, 0)
denied("bpf", 321, 280, 0, bytes(128), 128)
denied("keyctl", 250, 219, 0, -3, 1)
denied("add_key", 248, 217, b"user", b"x", b"y", 1, -3)
denied("request_key", 249, 218, b"user", b"x", None, 0)
denied("kexec_load", 246, 104, 0, 0, None, 0)
denied("finit_module", 313, 273, 0, b"", 0)
denied("reboot", 169, 142, 0xfee1dead, 672274793, 0x1234567, None)
denied("swapon", 167, 224, b"/tmp/x", 0)
denied("clock_settime", 227, 112, 0, bytes(16))
denied("syslog", 103, 116, 3, bytes(64), 64)
denied("personality", 135, 92, 0x0040000)
""",
    ),
    Escape(
        name="calls of another convention, and calls not made yet",
        source="""
if X86:
    denied("x32 socket", 0x40000000 + 41, 0, 2, 1, 0)
    denied("x32 unshare", 0x40000000 + 272, 0, 0x10000000)
for number in (463, 470, 500, 1000, 0x3fffffff):
    denied("unknown call", number, number, 0, 0, 0)
""",
    ),
)
