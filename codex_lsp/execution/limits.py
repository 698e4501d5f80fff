"""What a program that nobody trusts may use up."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds of one run; what exceeds one is ended, with all the processes it started.

    Attributes:
        wall_s: Seconds on the clock.
        cpu_s: Seconds of processor time, of each process.
        memory_bytes: Address space of each process.
        processes: Processes and threads at a time, all together.
        file_bytes: Size of any one file.
        disk_bytes: All files together (they live in memory).
        output_bytes: What is kept of standard output and standard error, each; the rest is read and dropped.
    """

    wall_s: float = 3.0
    cpu_s: float = 10.0
    memory_bytes: int = 1024 * MIB
    processes: int = 32
    file_bytes: int = 16 * MIB
    disk_bytes: int = 64 * MIB
    output_bytes: int = 1 * MIB
