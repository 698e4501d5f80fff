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
        "file:///home/me/%2Essh/config",
        "file:///x/%2Egnupg/x",
        "file:///x/.aws%2Fconfig",
        "file:///home/me/%69d_rsa",
        "prod.env.bak",
        "prod.env.BAK2",
        "prod.env~",
        "#prod.env#",
        ".#prod.env",
        "file:///x/%23prod.env%23",
        "app.env.swp",
        ".app.env.swp",
        ".env~",
        ".env.orig",
        "id_rsa.bak",
        ".id_rsa.swp",
        "server.pem.old",
        "server.pem.bak~",
        "server.key.~12~",
        ".credentials.json",
        "server.pem.",
        "server.pem%00",
    ],
)
def test_secret(path: str) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "environment.py",
        "secrets.py",
        "monkey.py",
        "src/key.py",
        "env.py",
        "credentials.py",
        "README.md",
        "key.bak",
        "app.py~",
        "#app.py#",
        ".app.py.swp",
        "100%.py",
        "%",
        "~",
        "#",
        "..",
    ],
)
def test_not_secret(path: str) -> None:
    assert not is_secret(path)


@pytest.mark.parametrize("ending", [".bak", "~", ".~1~", "#."])
def test_a_name_of_endings_alone_ends(ending: str) -> None:
    assert not is_secret("a" + ending * 100_000)
