"""Marks on suggestions, with bandit itself."""

import pytest

from codex_lsp.assist.package_names import PackageNames
from codex_lsp.assist.safety import MAX_CHARACTERS, Mark, MarkKind, marks_of

INSTALLED = PackageNames.of(["requests", "yaml"])
HEAD = "import os\nimport subprocess\n\n\ndef run(x):\n    "


def kinds(marks: tuple[Mark, ...]) -> list[tuple[str, int]]:
    return [(mark.code or mark.kind.value, mark.line) for mark in marks]


@pytest.mark.parametrize(
    ("inserted", "found"),
    [
        ("return subprocess.run(x, shell=True)\n", "B602"),
        ("return os.system('ls ' + x)\n", "B605"),
        ("return eval(input())\n", "B307"),
        ("exec(x)\n", "B102"),
        ("import pickle\n    return pickle.loads(x)\n", "B301"),
        ("import hashlib\n    return hashlib.md5(x)\n", "B324"),
        (
            "from cryptography.hazmat.primitives.asymmetric import rsa\n"
            "    return rsa.generate_private_key(public_exponent=65537, key_size=1024)\n",
            "insecure",
        ),
        ("from Crypto.PublicKey import RSA\n    return RSA.generate(512)\n", "insecure"),
        ("from Crypto.Cipher import AES\n    return AES.new(x, AES.MODE_ECB)\n", "insecure"),
        (
            "from cryptography.hazmat.primitives.ciphers import modes\n    return modes.ECB()\n",
            "insecure",
        ),
    ],
)
def test_insecure_uses(inserted: str, found: str) -> None:
    marks = marks_of(HEAD, inserted)
    last = HEAD.count("\n") + inserted.count("\n")
    assert (found, last) in kinds(marks)
    assert all(mark.kind is MarkKind.INSECURE and "\n" not in mark.message for mark in marks)


@pytest.mark.parametrize(
    "inserted",
    [
        "return subprocess.run(['ls', x], check=True)\n",
        "assert x\n    return x\n",
        "import random\n    return random.random()\n",
        "from Crypto.Cipher import AES\n    return AES.new(x, AES.MODE_GCM)\n",
        "return x\n",
        "def (:\n",
    ],
)
def test_what_is_not_marked(inserted: str) -> None:
    assert marks_of(HEAD, inserted) == ()


def test_only_what_the_suggestion_brings_is_marked() -> None:
    assert marks_of("eval(input())\n", "print(1)\n", "exec(input())\n") == ()
    assert kinds(marks_of("x = eval", "(input())\n")) == [("B307", 1)]
    assert kinds(marks_of("import subprocess\nsubprocess.run(\n    'x' + y,\n    ", "shell=True,\n)\n")) == [
        ("B602", 4)
    ]


def test_in_a_file_that_does_not_parse_elsewhere() -> None:
    before = "import subprocess as sp\nclass (:\n\ndef run(x):\n    sp."
    assert kinds(marks_of(before, "run(x, shell=True)\n    retu")) == [("B602", 5)]


def test_unknown_imports() -> None:
    marks = marks_of("", "import os\nimport reqeusts\nfrom yaml import load\nfrom . import own\nimport somethingelse\n",
                     installed=INSTALLED)  # fmt: skip
    assert kinds(marks) == [("unknown import", 2), ("unknown import", 5)]
    assert "did you mean `requests`" in marks[0].message
    assert "did you mean" not in marks[1].message
    [removed] = marks_of("", "import urlib3\n", installed=INSTALLED)
    assert "was removed from the index" in removed.message
    [known] = marks_of("", "import numpy.linalg as la\n", installed=INSTALLED)
    assert known.message == "`numpy` is neither installed nor part of this project"


def test_an_import_that_is_being_completed() -> None:
    assert kinds(marks_of("import os\nimport req", "eusts\n", installed=INSTALLED)) == [("unknown import", 2)]
    assert marks_of("import os\nimport req", "uests\n", installed=INSTALLED) == ()


def test_other_languages_and_huge_texts_are_not_read() -> None:
    assert marks_of("", "eval(x)\n", language="javascript") == ()
    assert marks_of("#" * MAX_CHARACTERS + "\n", "eval(x)\n") == ()
