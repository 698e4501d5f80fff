"""Compiles the native decode step for a wheel or an editable install; without a compiler all goes on without it.

A wheel without it runs on any machine: `HATCH_BUILD_NO_HOOKS=true python -m build` makes that one.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

sys.path.insert(0, str(Path(__file__).parent))

from codex_lsp.decoding.native.build import SOURCES, CannotBuild, build


class NativeStep(BuildHookInterface[Any]):
    """Puts the compiled step beside its sources, and into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's interface
        """Compile, or say why not."""
        try:
            made = build(SOURCES)
        except CannotBuild as reason:
            self.app.display_warning(f"codex-lsp goes without its native step, and decodes in torch: {reason}")
            return
        build_data["artifacts"].append(str(made.relative_to(self.root)))
        build_data["pure_python"] = False
        # The library is of this machine's architecture alone, whatever else its Python runs on.
        tags = (tag.platform for tag in sys_tags())
        platform = next(tag for tag in tags if not tag.startswith(("manylinux", "musllinux")))
        build_data["tag"] = f"py3-none-{platform}"
