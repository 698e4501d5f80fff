"""Where a program lives: how it is found, and what a job must be able to read so that it runs."""

import os
import shutil
from pathlib import Path

from codex_lsp.execution.interpreter import home_folder

# Every sandbox has these.
_SYSTEM = (Path("/usr"), Path("/bin"), Path("/lib"))


def find_program(name: str) -> str | None:
    """Where `PATH` has a program; None where it has none.

    Only absolute folders of it count: an empty or relative one means the folder somebody is in, and a repository may
    bring a program of any name.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which(name, path=os.pathsep.join(filter(os.path.isabs, folders)))


def program_paths(program: Path) -> tuple[Path, ...]:
    """What must be mounted for a program: the folder of its installation; nothing where it is part of the system.

    Where that folder is one in which a person keeps other things too (their home, `~/.local`), it is the program alone,
    and beside `~/.local/bin` the libraries.

    Args:
        program: Where it really lies.
    """
    if any(program.is_relative_to(folder) for folder in _SYSTEM):
        return ()
    place = program.parent.parent if program.parent.name == "bin" else program.parent
    home = home_folder().resolve()
    if place == home / ".local":
        return (program, *filter(Path.is_dir, (place / "lib",)))
    return (program,) if place == Path(place.anchor) or home.is_relative_to(place) else (place,)
