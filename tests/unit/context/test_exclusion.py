"""Which files are never shown to a model."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.context.exclusion import is_excluded, is_secret


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
        "git:/w/server.pem.git?%7B%22ref%22%3A%22~%22%7D",
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


@pytest.mark.parametrize(
    "path",
    [
        "untitled:.env",
        "untitled:.env.local",
        "vscode-remote://ssh-remote+host/w/.env",
        "vscode-notebook-cell:/w/.env#W0",
        "file:///c%3A/Users/me/.AWS/Credentials",
        "C:\\Users\\me\\.ssh\\id_rsa",
        "file:///w/%252Eenv",
        "git:/w/.env?%7B%22ref%22%3A%22HEAD%22%7D",
        "//server/share/.NPMRC",
        ".terraform/terraform.tfstate",
        "prod.tfvars.json",
        ".config/gcloud/credentials.db",
        "kubeconfig.yaml",
        "vault.kdbx",
        "config/secrets.properties",
        "SECRETS.JSON",
        "id_rsa.pub",
        ".pypirc",
        ".netrc",
    ],
)
def test_secret_in_any_disguise(path: str) -> None:
    assert is_excluded(path)


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("src/private/keys.py", "private"),
        ("src/private/keys.py", "**/private/**"),
        ("src/private/deep/keys.py", "private/"),
        ("file:///w/src/generated_a.py", "generated_*"),
        ("file:///w/src/a.secret.py", "*.secret.py"),
        ("C:\\w\\Src\\A.PY", "src/*.py"),
        ("file:///w/src/a.py", "src/a.py"),
        ("file:///w/src/b/a.py", "src/**/a.py"),
        ("file:///w/src/a.py", "src/**/a.py"),
        ("file:///w/src/a.py", "./src"),
        ("file:///w/src/a.py", "/w/src"),
        ("file:///w/my%20notes/a.py", "my notes"),
        ("untitled:scratch.py", "scratch.*"),
    ],
)
def test_a_persons_own_globs(path: str, glob: str) -> None:
    assert not is_excluded(path)
    assert is_excluded(path, [glob])


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("src/privateer/keys.py", "private"),
        ("src/a.py", "b.py"),
        ("src/aXpy", "a.py"),
        ("src/ba.py", "a.py"),
        ("lib/src.py", "src/*.py"),
        ("src/a.py", ""),
        ("src/a.py", "  "),
    ],
)
def test_globs_name_no_others(path: str, glob: str) -> None:
    assert not is_excluded(path, [glob])


@given(st.text(max_size=40), st.text(max_size=12))
def test_any_path_and_glob_are_tolerated(path: str, glob: str) -> None:
    is_excluded(path, [glob])


def test_what_a_link_leads_to_counts(tmp_path: Path) -> None:
    for name in (".env", "private/x.py", "plain.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    for name, target in (("a.py", ".env"), ("open", "private"), ("b.py", "plain.py"), ("loop.py", "loop.py")):
        (tmp_path / name).symlink_to(tmp_path / target)
    told = {
        name: (is_excluded((tmp_path / name).as_uri(), ["private"]), is_excluded(str(tmp_path / name), ["private"]))
        for name in ("a.py", "open/x.py", "b.py", "plain.py", "loop.py", "missing.py")
    }
    assert told == {
        "a.py": (True, True),
        "open/x.py": (True, True),
        **dict.fromkeys(("b.py", "plain.py", "loop.py", "missing.py"), (False, False)),
    }


@pytest.mark.parametrize("uri", ["file:///w/a%00.py", "file:///w/\ud800.py", "file://[", f"file:///{'x' * 5000}.py"])
def test_names_that_no_file_can_have(uri: str) -> None:
    assert not is_excluded(uri, ["private"])


@pytest.mark.parametrize(("path", "glob"), [("w/prive\u0301.py", "privé.py"), ("w/privé/a.py", "prive\u0301")])
def test_accents_count_however_they_are_spelled(path: str, glob: str) -> None:
    assert is_excluded(path, [glob])


def test_each_rule_and_each_disguise_has_the_answer_that_it_always_had() -> None:
    """Answers of the rules as they were first written, one pattern after the other; drawn at random."""
    secret = [
        "file:///w/x.pem",
        "X.TFSTATE~",
        "C:\\x\\gcloud/.x.keystore.~1~.yaml",
        "untitled:file:///w/.envx.swp.orig.git",
        ".DOCKER//A/.VAULT-TOKEN_",
        ".htpasswd.swp",
        "untitled:ID_RSA",
        ".DOCKER//CREDENTIALS",
        "credentials.yxml",
        "C:\\x\\C:\\x\\.terraformrc.bak",
        "../.yarnrc.yml",
        "vscode-remote://h/file:///w/id_ed25519x",
        "./a/.netrc.swp",
        ".HTPASSWD",
        "gcloud/.x.keystore..bak",
        "./.AWS/.npmrc%252eenv.orig.git",
        "//.ssh/credentials.toml.pub",
        "../secrets.~1~.bak",
        ".ssh/kubeconfigx",
        "X.PFX",
        "id_dsax.",
        "x.tfstate.",
        "C:\\x\\.yarnrc.yml",
        "x.pfx",
    ]
    others = [
        ".terraformrc.bak.yaml",
        "a/vscode-remote://h/x.cert.py.yaml",
        "X.PPK_.PUB",
        "./..\\#",
        "/nowhere/vscode-remote://h/_netrc.bak.yaml",
        "x.ppk\\.yaml",
        "a/x.p8?q ",
        "FILE:///W/#X#.~1~~",
        "b c.yaml",
        "a/a/...orig.git#",
        "../.pypirc.py",
        "a/x.tfstate .yaml",
        "#x#~",
        "x.pfx?q.bak",
        "x.crt?q",
        "CREDENTIALS.JSON.SWP.YAML",
        "//...bak",
        "X.TFVARS_",
        ".pgpass.pub.bak",
        ".TERRAFORMRC.BAK.PY",
        "service-accountx.json~.py",
        "CREDENTIALS.JSON?Q",
        "X.P8__",
        "x.crt.py~",
    ]
    assert [path for path in secret if not is_secret(path)] == []
    assert [path for path in others if is_secret(path)] == []
