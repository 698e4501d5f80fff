r"""Values of the standard library's usual classes, for parameters that are annotated with them.

>>> library_makers(ast.parse("from datetime import date as day").body[0])["day"].texts[:2]
('day(2024, 2, 29)', 'day(2000, 1, 1)')
"""

import ast
from collections.abc import Mapping

from codex_lsp.assist.parameter_kind import Kind

_VALUES: Mapping[str, tuple[str, ...]] = {
    "argparse.Namespace": ("@()", "@(name='a', count=2)"),
    "collections.Counter": ("@()", "@('abca')", "@({'a': 2, 'b': 0})"),
    "collections.OrderedDict": ("@()", "@([('b', 1), ('a', 2)])"),
    "collections.defaultdict": ("@(int)", "@(list, {'a': [1]})"),
    "collections.deque": ("@()", "@([1])", "@([1, 2, 3], maxlen=3)"),
    "datetime.date": ("@(2024, 2, 29)", "@(2000, 1, 1)", "@(1999, 12, 31)", "@(2023, 6, 15)"),
    "datetime.datetime": ("@(2024, 2, 29, 12, 30)", "@(2000, 1, 1)", "@(1999, 12, 31, 23, 59, 59)"),
    "datetime.time": ("@(12, 30)", "@(0, 0)", "@(23, 59, 59)"),
    "datetime.timedelta": ("@(days=1)", "@(0)", "@(seconds=90)", "@(hours=-5)"),
    "datetime.timezone": ("@.utc",),
    "decimal.Decimal": ("@('1.50')", "@(0)", "@('-2.5')", "@(100)"),
    "fractions.Fraction": ("@(1, 2)", "@(0)", "@(-3, 4)", "@(5)"),
    "io.BytesIO": ("@(b'one\\ntwo\\n')", "@()"),
    "io.StringIO": ("@('one\\ntwo\\n')", "@()"),
    "ipaddress.IPv4Address": ("@('192.168.0.1')", "@('8.8.8.8')", "@(0)"),
    "ipaddress.IPv4Network": ("@('10.0.0.0/8')", "@('192.168.1.0/30')"),
    "ipaddress.IPv6Address": ("@('::1')", "@('2001:db8::1')"),
    "ipaddress.IPv6Network": ("@('2001:db8::/32')", "@('::1/128')"),
    "pathlib.Path": ("@('folder/file.txt')", "@('.')", "@('archive.tar.gz')", "@('/')"),
    "pathlib.PurePath": ("@('folder/file.txt')", "@('.')", "@('archive.tar.gz')", "@('/')"),
    "pathlib.PurePosixPath": ("@('folder/file.txt')", "@('.')", "@('archive.tar.gz')", "@('/')"),
    "pathlib.PureWindowsPath": ("@('C:/folder/file.txt')", "@('.')"),
    "random.Random": ("@(0)", "@(1)"),
    "string.Template": ("@('$name has $$1')", "@('')"),
    "types.SimpleNamespace": ("@(name='a', count=2)", "@()"),
    "uuid.UUID": ("@(int=1)", "@(int=0)"),
    "zoneinfo.ZoneInfo": ("@('UTC')",),
}
"""Expressions by the qualified name of the class; `@` stands for what the module calls it."""


def library_makers(node: ast.Import | ast.ImportFrom) -> dict[str, Kind]:
    """How values are made of the classes that an import brings, by what the module then calls them."""
    found: dict[str, Kind] = {}
    for each in node.names:
        name = each.asname or each.name
        for qualified, texts in _VALUES.items():
            module, _, last = qualified.rpartition(".")
            if isinstance(node, ast.Import) and each.name == module:
                found[f"{name}.{last}"] = _kind(f"{name}.{last}", texts)
            elif isinstance(node, ast.ImportFrom) and (node.module, node.level, each.name) == (module, 0, last):
                found[name] = _kind(name, texts)
    return found


def _kind(name: str, texts: tuple[str, ...]) -> Kind:
    return Kind("choice", (), tuple(name + text.removeprefix("@") for text in texts))
