"""Compiles the native step: needs no more than the standard library, and gives a reason where it cannot.

Each file is compiled by itself with the flags of the processors it is for; what a compiler does not know is left out.
"""

import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent
LIBRARY = "libcodex_step.so"
_COMPILERS = ("cc", "gcc", "clang")
_FLAGS = ("-O3", "-std=gnu11", "-fPIC", "-Wno-psabi", "-pthread")
_AVX512 = ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mprefer-vector-width=512")
_PORTABLE = ("portable.c", "sample.c")
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    """A way to compile files for some processors; `needs` names the one whose functions it uses."""

    name: str
    sources: tuple[str, ...]
    flags: tuple[str, ...]
    needs: str | None = None


_VARIANTS = (
    _Variant(name="AVX2", sources=_PORTABLE, flags=("-mavx2", "-mfma", "-DNAME=avx2", "-DLANES=8")),
    _Variant(name="AVX512", sources=_PORTABLE, flags=(*_AVX512, "-DNAME=avx512", "-DLANES=16")),
    _Variant(
        name="AVX512_VNNI", sources=("avx512_vnni.c",), flags=(*_AVX512, "-mavx512vnni", "-DLANES=16"), needs="AVX512"
    ),
    _Variant(
        name="AVX512_BF16",
        sources=("avx512_bf16.c",),
        flags=(*_AVX512, "-mavx512bf16", "-DLANES=16"),
        needs="AVX512_VNNI",
    ),
    _Variant(
        name="AMX", sources=("amx.c",), flags=(*_AVX512, "-mamx-tile", "-mamx-int8", "-DLANES=16"), needs="AVX512_BF16"
    ),
)


class CannotBuild(Exception):
    """Why there is no library; one line."""


def build(
    folder: Path,
    *,
    extra: tuple[str, ...] = (),
    environment: Mapping[str, str] = os.environ,
    amx_header: Path | None = None,
) -> Path:
    """Compile the library into a folder; what was there is replaced in one move.

    Args:
        folder: Where it goes.
        extra: More flags for every command.
        environment: `CC` may name a compiler, with flags.
        amx_header: Stands in for the intrinsics of AMX, so that tests run `amx.c` on any processor, first of all.

    Returns:
        The library.

    Raises:
        CannotBuild: There is no compiler, or it fails.
    """
    compiler = _compiler(environment)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        command = (*compiler, *_FLAGS, *extra)
        objects = [_compile(command, source, (), made / f"{source}.o") for source in (*_PORTABLE, "step.c", "crew.c")]
        found: set[str | None] = {None}
        for variant in _variants(amx_header):
            try:
                if variant.needs in found:
                    objects += [
                        _compile(command, source, variant.flags, made / f"{variant.name}-{source}.o")
                        for source in variant.sources
                    ]
                    found.add(variant.name)
            except CannotBuild:
                continue
        known = (*(f"-DHAVE_{name}" for name in sorted(found - {None}, key=str)), *_emulated(amx_header))
        version = f"-DSOURCES_VERSION={sources_version()}u"
        objects.append(_compile(command, "variants.c", (*known, version), made / "variants.o"))
        _run((*compiler, *extra, "-shared", "-o", str(made / LIBRARY), *map(str, objects), "-lm", "-pthread"))
        return _moved(made / LIBRARY, folder / LIBRARY)


def sources_version() -> int:
    """A number that changes with the sources: a library of other sources is not loaded."""
    version = 0
    for path in sorted([*SOURCES.glob("*.c"), *SOURCES.glob("*.h")]):
        version = zlib.crc32(path.read_bytes(), version)
    return version


def _variants(amx_header: Path | None) -> tuple[_Variant, ...]:
    """Those that a compiler for this processor may know."""
    known = _VARIANTS if platform.machine().lower() in ("x86_64", "amd64") else ()
    if amx_header is None:
        return known
    emulated = _Variant(name="AMX", sources=("amx.c",), flags=_emulated(amx_header))
    return (*(variant for variant in known if variant.name != "AMX"), emulated)


def _emulated(amx_header: Path | None) -> tuple[str, ...]:
    return () if amx_header is None else (f'-DAMX_HEADER="{amx_header}"',)


def _compiler(environment: Mapping[str, str]) -> tuple[str, ...]:
    try:
        named = shlex.split(environment.get("CC", ""))
    except ValueError as error:
        raise CannotBuild(f"`CC` is no command ({error})") from error
    if named:
        return tuple(named)
    found = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if found is None:
        raise CannotBuild("there is no C compiler")
    return (found,)


def _compile(command: tuple[str, ...], source: str, flags: tuple[str, ...], target: Path) -> Path:
    _run((*command, *flags, "-c", str(SOURCES / source), "-o", str(target)))
    return target


def _run(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotBuild(f"{command[0]} cannot be run ({error})") from error
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line), f"exit {done.returncode}")
        raise CannotBuild(f"{command[0]} failed: {said.strip()[:200]}")


def _moved(made: Path, target: Path) -> Path:
    """Put a file in its place in one move, so that nobody loads half of it."""
    beside = target.with_suffix(f".{os.getpid()}")
    try:
        shutil.copyfile(made, beside)
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise CannotBuild(f"{target.parent} cannot be written to ({error.strerror})") from error
    return target
