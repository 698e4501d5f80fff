"""Real package archives, small, for the tests that read them."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

COPYRIGHT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"


def wheel(path: Path, files: dict[str, str], *headers: str, name: str = "thing") -> Path:
    """A wheel of some files whose METADATA has these headers."""
    metadata = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *headers, ""])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for path_inside, text in {**files, f"{name}-1.0.dist-info/METADATA": metadata}.items():
            archive.writestr(path_inside, text)
    return path


def npm_package(path: Path, files: dict[str, str], manifest: object = None) -> Path:
    """An npm package of some files below `package/`."""
    described = {"name": "thing", "version": "1.0.0", "license": "MIT"} if manifest is None else manifest
    path.write_bytes(tar({**files, "package.json": json.dumps(described)}, "gz", below="package/"))
    return path


def debian_package(path: Path, files: dict[str, str], copyright_text: str = COPYRIGHT) -> Path:
    """A Debian package that installs some files and its copyright file."""
    data = tar({**files, "usr/share/doc/thing/copyright": copyright_text}, "xz", below="./")
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": tar({"control": "Package: thing\n"}, "xz"),
        "data.tar.xz": data,
    }
    whole = b"!<arch>\n"
    for name, part in parts.items():
        whole += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(part):<10}`\n".encode() + part + b"\n" * (len(part) % 2)
        )
    path.write_bytes(whole)
    return path


def tar(files: dict[str, str], compression: str, below: str = "") -> bytes:
    """A compressed tar of some files."""
    buffer = io.BytesIO()
    mode: str = f"w:{compression}"
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            info = tarfile.TarInfo(below + name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()
