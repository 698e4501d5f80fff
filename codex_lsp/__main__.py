"""`python -m codex_lsp` is `codex-lsp`."""

import sys

from codex_lsp.cli.main import main

sys.exit(main())
