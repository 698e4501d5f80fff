"""Programs that run inside the sandbox: the standard library alone, and nothing of this package."""
