"""The filter of system calls, run by an interpreter of classic BPF written here from its manual (`bpf(4)`)."""

import errno
import struct

import pytest

from codex_lsp.errors import SandboxUnavailable
from codex_lsp.execution.seccomp import ARCHITECTURES, seccomp_program

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
MACHINES = sorted(ARCHITECTURES)


def verdict(program: bytes, audit: int, number: int, *arguments: int) -> int:
    data = struct.pack("=iIQ6Q", number, audit, 0, *(*arguments, *[0] * (6 - len(arguments))))
    instructions = list(struct.iter_unpack("=HBBI", program))
    at, value = 0, 0
    while True:
        code, then, otherwise, k = instructions[at]
        at += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, k)
            case 0x54:
                value &= k
            case 0x15:
                at += then if value == k else otherwise
            case 0x35:
                at += then if value >= k else otherwise
            case 0x45:
                at += then if value & k else otherwise
            case 0x06:
                return k
            case _:
                raise AssertionError(hex(code))


def calls(machine: str, number: int, *arguments: int) -> int:
    return verdict(seccomp_program(machine), ARCHITECTURES[machine].audit, number, *arguments)


@pytest.mark.parametrize("machine", MACHINES)
def test_ordinary_calls_pass(machine: str) -> None:
    architecture = ARCHITECTURES[machine]
    guarded = {*architecture.denied.values(), 435}
    for number in range(463):
        if number not in guarded | {architecture.socketpair}:
            assert calls(machine, number) == ALLOW, number


@pytest.mark.parametrize("machine", MACHINES)
def test_listed_calls_are_denied(machine: str) -> None:
    for name, number in ARCHITECTURES[machine].denied.items():
        assert calls(machine, number, 1, 1) == EPERM, name


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_not_known_are_as_if_not_made(machine: str) -> None:
    assert calls(machine, 435) == calls(machine, 463) == calls(machine, 0x3FFFFFFF) == ENOSYS


def test_other_conventions() -> None:
    program = seccomp_program("x86_64")
    assert verdict(program, 0x40000003, 1) == KILL  # i386
    assert verdict(program, ARCHITECTURES["x86_64"].audit, 0x40000000 + 1) == EPERM  # x32


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_processes_and_no_namespaces(machine: str) -> None:
    clone = ARCHITECTURES[machine].clone
    assert calls(machine, clone, 0x3D0F00) == ALLOW  # as pthread_create asks
    assert calls(machine, clone, 17) == ALLOW
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert calls(machine, clone, flag | 17) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_pairs_of_connected_streams_alone(machine: str) -> None:
    pair = ARCHITECTURES[machine].socketpair
    assert calls(machine, pair, 1, 1) == ALLOW
    assert calls(machine, pair, 1, 1 | 0x80000) == ALLOW  # close-on-exec
    assert calls(machine, pair, 1, 2) == calls(machine, pair, 1, 5) == calls(machine, pair, 2, 1) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_no_typing_into_terminals(machine: str) -> None:
    ioctl = ARCHITECTURES[machine].ioctl
    assert calls(machine, ioctl, 0, 0x5412) == calls(machine, ioctl, 0, 0x541C) == EPERM
    assert calls(machine, ioctl, 0, 0x5401) == ALLOW


def test_an_unknown_processor_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="riscv64"):
        seccomp_program("riscv64")
