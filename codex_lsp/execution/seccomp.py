"""The second wall: a filter of system calls, made here as a classic BPF program, that bubblewrap loads.

It denies what a graded program never needs and what breaks out of sandboxes most: sockets of every kind (so that the
walls of the network do not rest on the namespace alone), other processes' memory, mounts, namespaces, kernel keys,
tracing, io_uring, and memory that no limit counts. What is denied fails with `EPERM`; calls newer than this list and
`clone3`, whose flags a filter cannot read, fail with `ENOSYS`, upon which the C library uses the older ones.

Numbers are of the kernel's tables (`arch/x86/entry/syscalls/syscall_64.tbl`, `include/uapi/asm-generic/unistd.h`), the
program's form is of `linux/seccomp.h` and `linux/filter.h`.
"""

import errno
import platform
import struct
from dataclasses import dataclass

from codex_lsp.errors import SandboxUnavailable

# struct seccomp_data {int nr; u32 arch; u64 instruction_pointer; u64 args[6]}
_NR, _ARCH, _ARGS = 0, 4, 16
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP_EQUAL, _JUMP_ABOVE_OR_EQUAL, _JUMP_ANY_BIT = 0x15, 0x35, 0x45
_RETURN = 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_AF_UNIX, _SOCK_STREAM, _SOCKET_KINDS = 1, 1, 0xF
_TERMINAL_INJECTIONS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_NEWEST_KNOWN = 462  # mseal


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What differs between processors.

    Attributes:
        audit: `AUDIT_ARCH_*` of `linux/audit.h`.
        clone: Number of `clone`, allowed without new namespaces.
        ioctl: Number of `ioctl`, allowed but for typing into a terminal.
        socketpair: Number of `socketpair`, allowed for connected Unix streams, which reach nobody else.
        denied: Calls by their names.
        first_foreign: Numbers from here on belong to another calling convention (x32); None where there is none.
    """

    audit: int
    clone: int
    ioctl: int
    socketpair: int
    denied: dict[str, int]
    first_foreign: int | None = None


# From 424 on, all architectures share one table.
_DENIED_EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "set_mempolicy_home_node": 450, "statmount": 457,
    "listmount": 458,
}  # fmt: skip

_X86_64 = Architecture(
    audit=0xC000003E,
    clone=56,
    ioctl=16,
    socketpair=53,
    first_foreign=0x40000000,
    denied=_DENIED_EVERYWHERE | {
        "shmget": 29, "socket": 41, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103, "personality": 135,
        "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct": 163, "settimeofday": 164,
        "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170,
        "setdomainname": 171, "iopl": 172, "ioperm": 173, "create_module": 174, "init_module": 175,
        "delete_module": 176, "quotactl": 179, "nfsservctl": 180, "io_setup": 206, "lookup_dcookie": 212,
        "clock_settime": 227, "mbind": 237,
        "set_mempolicy": 238, "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
        "migrate_pages": 256, "unshare": 272, "vmsplice": 278, "move_pages": 279, "perf_event_open": 298,
        "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
        "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "memfd_create": 319,
        "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
)  # fmt: skip

_AARCH64 = Architecture(
    audit=0xC00000B7,
    clone=220,
    ioctl=29,
    socketpair=199,
    denied=_DENIED_EVERYWHERE | {
        "io_setup": 0, "lookup_dcookie": 18, "umount2": 39, "mount": 40, "pivot_root": 41, "nfsservctl": 42,
        "chroot": 51,
        "quotactl": 60, "vmsplice": 75, "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104,
        "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142,
        "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "mq_open": 180, "msgget": 186,
        "semget": 190, "shmget": 194, "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "swapon": 224,
        "swapoff": 225, "mbind": 235, "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239,
        "perf_event_open": 241, "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265,
        "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
        "finit_module": 273, "memfd_create": 279, "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
    },
)  # fmt: skip

ARCHITECTURES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def seccomp_program(machine: str | None = None) -> bytes:
    """The filter for a processor as the kernel names it, or for this one: an array of `struct sock_filter`.

    Raises:
        SandboxUnavailable: No table of system calls for that processor.
    """
    machine = machine or platform.machine()
    architecture = ARCHITECTURES.get(machine)
    if architecture is None:
        raise SandboxUnavailable(
            f"no list of system calls for {machine}; code nobody trusts runs on x86_64 and aarch64"
        )
    return b"".join(
        (
            _only_this_architecture(architecture),
            *(_deny(number) for number in sorted(architecture.denied.values())),
            _clone(architecture.clone),
            _socketpair(architecture.socketpair),
            _ioctl(architecture.ioctl),
            _instruction(_RETURN, _ALLOW),
        )
    )


def _instruction(code: int, k: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """One `struct sock_filter`; `then` and `otherwise` count the instructions jumped over."""
    return struct.pack("=HBBI", code, then, otherwise, k)


def _fail(number: int) -> bytes:
    return _instruction(_RETURN, _ERRNO | number)


def _argument(index: int) -> bytes:
    """Loads the low half of an argument: both processors are little-endian, and what is checked fits in 32 bits."""
    return _instruction(_LOAD, _ARGS + 8 * index)


def _only_this_architecture(architecture: Architecture) -> bytes:
    """Kills 32-bit calls, whose numbers mean something else; leaves the call's number loaded."""
    foreign = b""
    if architecture.first_foreign is not None:
        foreign = _instruction(_JUMP_ABOVE_OR_EQUAL, architecture.first_foreign, otherwise=1) + _fail(errno.EPERM)
    newer = (_NEWEST_KNOWN + 1, 435)  # 435 is clone3
    return b"".join(
        (
            _instruction(_LOAD, _ARCH),
            _instruction(_JUMP_EQUAL, architecture.audit, then=1),
            _instruction(_RETURN, _KILL_PROCESS),
            _instruction(_LOAD, _NR),
            foreign,
            _instruction(_JUMP_ABOVE_OR_EQUAL, newer[0], otherwise=1),
            _fail(errno.ENOSYS),
            _instruction(_JUMP_EQUAL, newer[1], otherwise=1),
            _fail(errno.ENOSYS),
        )
    )


def _deny(number: int) -> bytes:
    return _instruction(_JUMP_EQUAL, number, otherwise=1) + _fail(errno.EPERM)


def _guarded(number: int, *body: bytes) -> bytes:
    """Runs `body`, which ends by returning, for one call alone; the others go on with their number loaded."""
    return b"".join((_instruction(_JUMP_EQUAL, number, otherwise=len(body)), *body))


def _clone(number: int) -> bytes:
    return _guarded(
        number,
        _argument(0),
        _instruction(_JUMP_ANY_BIT, _NEW_NAMESPACES, otherwise=1),
        _fail(errno.EPERM),
        _instruction(_RETURN, _ALLOW),
    )


def _socketpair(number: int) -> bytes:
    """A datagram socket could send to any address; a connected stream reaches its other end only."""
    return _guarded(
        number,
        _argument(0),
        _instruction(_JUMP_EQUAL, _AF_UNIX, then=1),
        _fail(errno.EPERM),
        _argument(1),
        _instruction(_AND, _SOCKET_KINDS),
        _instruction(_JUMP_EQUAL, _SOCK_STREAM, then=1),
        _fail(errno.EPERM),
        _instruction(_RETURN, _ALLOW),
    )


def _ioctl(number: int) -> bytes:
    typing, console = _TERMINAL_INJECTIONS
    return _guarded(
        number,
        _argument(1),
        _instruction(_JUMP_EQUAL, typing, then=1),
        _instruction(_JUMP_EQUAL, console, otherwise=1),
        _fail(errno.EPERM),
        _instruction(_RETURN, _ALLOW),
    )
