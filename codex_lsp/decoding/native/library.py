"""Finds and loads the compiled step, or says why there is none."""

import ctypes
from pathlib import Path

from codex_lsp.decoding.native import structures
from codex_lsp.decoding.native.build import LIBRARY, SOURCES, sources_version

_ABSENT = (
    "the native step was not compiled: install codex-lsp again where there is a C compiler (GCC or Clang); "
    "`pip install -v` tells why not"
)
_OTHER = "the native step was compiled from other sources: install codex-lsp again"


class NoLibrary(Exception):
    """Why the native step is not used; one line."""


class Library:
    """The library, loaded; its calls let other threads run.

    Attributes:
        variants: Names of the kernels that this processor can run, the fastest first.
    """

    def __init__(self, path: Path = SOURCES / LIBRARY) -> None:
        """Load it.

        Raises:
            NoLibrary: It is not there, or does not fit.
        """
        if not path.is_file():
            raise NoLibrary(_ABSENT)
        try:
            self._functions = ctypes.CDLL(str(path))
            self._declare()
        except (OSError, AttributeError) as error:
            raise NoLibrary(f"the native step cannot be loaded ({error}): install codex-lsp again") from error
        if self._functions.codex_native_version() != sources_version() or not self._fits():
            raise NoLibrary(_OTHER)
        self._kernels = {self._functions.codex_native_name(kernels).decode(): kernels for kernels in self._usable()}
        self.variants = tuple(self._kernels)

    def kernels(self, variant: str) -> int:
        """The address of the kernels of a variant."""
        return self._kernels[variant]

    def scratch_bytes(self, model: structures.Model, tokens: int, total: int, crew: int | None) -> int:
        """Memory that a pass needs for what lies between its operations.

        Args:
            model: Its model.
            tokens: Tokens of the pass.
            total: Tokens that it sees, its own included.
            crew: Who helps, of `crew`.
        """
        return self._functions.codex_native_scratch(ctypes.byref(model), tokens, total, crew)

    def run(self, variant: str, model: structures.Model, what: structures.Pass) -> None:
        """Run a pass; all its memory must be there.

        Raises:
            ValueError: Its sizes do not fit each other.
        """
        refusal = self._functions.codex_native_run(self._kernels[variant], ctypes.byref(model), ctypes.byref(what))
        if refusal:
            raise ValueError(f"the native step refuses the sizes of a pass ({refusal})")

    def crew(self, threads: int) -> int | None:
        """Start threads that help with passes, the caller's own counted; None where there are none."""
        return self._functions.codex_native_crew(threads)

    def end_crew(self, crew: int) -> None:
        """End threads that were started; no pass uses them any more."""
        self._functions.codex_native_crew_end(crew)

    def choose_scratch_bytes(self, vocabulary: int) -> int:
        """Memory that a choice among so many logits needs."""
        return self._functions.codex_native_choose_scratch(vocabulary)

    def choose(self, variant: str, draws: "ctypes.Array[structures.Draw]", scratch: int) -> bool:
        """Choose tokens; all their memory must be there.

        Returns:
            Whether the logits are numbers.

        Raises:
            ValueError: An id that may be chosen is none of the vocabulary.
        """
        refusal = self._functions.codex_native_choose(self._kernels[variant], draws, len(draws), scratch)
        if refusal > 1:
            raise ValueError("tokens that the model does not have")
        return not refusal

    def _declare(self) -> None:
        number, pointer = ctypes.c_int64, ctypes.c_void_p
        declared = {
            "version": (number, []),
            "size": (number, [number]),
            "kernels": (pointer, [number]),
            "name": (ctypes.c_char_p, [pointer]),
            "scratch": (number, [pointer, number, number, pointer]),
            "crew": (pointer, [number]),
            "crew_end": (None, [pointer]),
            "run": (number, [pointer, pointer, pointer]),
            "choose_scratch": (number, [number]),
            "choose": (number, [pointer, pointer, number, pointer]),
        }
        for name, (result, arguments) in declared.items():
            function = getattr(self._functions, f"codex_native_{name}")
            function.restype, function.argtypes = result, arguments

    def _fits(self) -> bool:
        sizes = [self._functions.codex_native_size(number) for number in range(len(structures.ALL))]
        return sizes == [ctypes.sizeof(kind) for kind in structures.ALL]

    def _usable(self) -> list[int]:
        found: list[int] = []
        while kernels := self._functions.codex_native_kernels(len(found)):
            found.append(kernels)
        return found
