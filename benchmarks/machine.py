"""This machine in words."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("torch", "transformers", "tokenizers")
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")


def description() -> dict[str, str]:
    """What a reader needs to know of the machine and its libraries."""
    info = _fields(_CPU_INFO)
    flags = set(info.get("flags", "").split())
    memory = _fields(_MEMORY_INFO).get("MemTotal", "").split()
    return {
        "processor": info.get("model name", platform.processor() or platform.machine()),
        "cores": str(os.cpu_count()),
        "instructions": ", ".join(flag for flag in FLAGS if flag in flags) or "unknown",
        "memory": f"{int(memory[0]) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }


def _fields(path: Path) -> dict[str, str]:
    """The first value of each name in a file of `name: value` lines; empty where there is no such file."""
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
