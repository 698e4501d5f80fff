"""What a program asks for, told from its syntax."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_lsp.assist.key_strength import Strength, strength_of

SECURE = {
    "cryptography": "from cryptography.hazmat.primitives.asymmetric import rsa\n"
    "k = rsa.generate_private_key(public_exponent=65537, key_size=2048)",
    "by place": "from cryptography.hazmat.primitives.asymmetric import rsa\nk = rsa.generate_private_key(65537, 4096)",
    "a default": "from Crypto.PublicKey import RSA\ndef f(bits=3072):\n    return RSA.generate(bits)",
    "a constant": "import rsa\nBITS: int = 2048\na, b = rsa.newkeys(BITS)",
    "pyOpenSSL": "from OpenSSL import crypto\nk = crypto.PKey()\nk.generate_key(crypto.TYPE_RSA, 2048)",
    "CBC": "from Crypto.Cipher import AES\nc = AES.new(k, AES.MODE_CBC, iv)",
    "GCM": "from cryptography.hazmat.primitives.ciphers import modes\nc = Cipher(x, modes.GCM(iv))",
    "cut off": "import rsa\na, b = rsa.newkeys(2048)\nif a.save_",
}
WEAK = {
    "PyCryptodome": "from Crypto.PublicKey import RSA\nk = RSA.generate(1024)",
    "a keyword": "from Crypto.PublicKey import RSA\nk = RSA.generate(bits=1024)",
    "another name": "from Crypto.PublicKey import RSA as R\nk = R.generate(512)",
    "from the module": "from rsa import newkeys\na, b = newkeys(512)",
    "pyOpenSSL": "from OpenSSL import crypto as c\nk = c.PKey()\nk.generate_key(c.TYPE_RSA, 1024)",
    "M2Crypto": "from M2Crypto import RSA\nk = RSA.gen_key(1024, 65537)",
    "one of two": "import rsa\nrsa.newkeys(4096)\nrsa.newkeys(1024)",
    "a variable": "import rsa\nsize = 1024\nrsa.newkeys(size)",
}
ECB = {
    "PyCryptodome": "from Crypto.Cipher import AES\nc = AES.new(k, AES.MODE_ECB)",
    "an imported mode": "from Crypto.Cipher.AES import MODE_ECB, new\nc = new(k, MODE_ECB)",
    "cryptography": "from cryptography.hazmat.primitives.ciphers import modes\nc = Cipher(x, modes.ECB())",
    "pyaes": "import pyaes\na = pyaes.AESModeOfOperationECB(k)",
}
NEITHER = {
    "nothing": "x = 1",
    "an unknown size": "import rsa\nrsa.newkeys(size())",
    "a mode that is none": "from Crypto.Cipher import AES\nc = AES.new(k, AES.MODE_TYPE)",
    "another generator": "import secrets\nsecrets.generate(1024)",
    "a text": "x = 'AES.MODE_ECB'",
}


@pytest.mark.parametrize("name", SECURE)
def test_secure(name: str) -> None:
    assert strength_of(SECURE[name]) is Strength.SECURE


@pytest.mark.parametrize("name", WEAK)
def test_weak_keys(name: str) -> None:
    assert strength_of(WEAK[name]) is Strength.WEAK_RSA


@pytest.mark.parametrize("name", ECB)
def test_the_mode_that_leaks(name: str) -> None:
    assert strength_of(ECB[name]) is Strength.ECB


@pytest.mark.parametrize("name", NEITHER)
def test_neither(name: str) -> None:
    assert strength_of(NEITHER[name]) is Strength.NEITHER


def test_what_does_not_parse() -> None:
    assert strength_of("def f(:\n    x\n    y\n    z\n") is Strength.UNPARSABLE
    assert strength_of("x = '\0'\ny = 1\n(\n(\n(") is Strength.UNPARSABLE


@given(text=st.text())
def test_every_text_has_a_strength(text: str) -> None:
    assert strength_of(text) in Strength
