"""Which files are never shown to a model."""

import pytest

from codex_lsp.context.exclusion import is_secret


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "app/.env.production",
        "prod.env",
        "/home/me/.ssh/config",
        "C:\\work\\.ENV",
        "certs/server.PEM",
        "id_rsa",
        "keys/id_ed25519",
        "file:///w/.aws/credentials",
        "credentials.json",
        "config/secrets.yaml",
        ".npmrc",
        "terraform.tfvars",
    ],
)
def test_secret(path: str) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path", ["", "environment.py", "secrets.py", "monkey.py", "src/key.py", "env.py", "credentials.py", "README.md"]
)
def test_not_secret(path: str) -> None:
    assert not is_secret(path)
