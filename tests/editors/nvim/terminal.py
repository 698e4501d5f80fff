"""A terminal of its own for a program, through tmux: keys in, screen out, and a picture of the screen."""

import html
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = 92
ROWS = 28
SCREEN_TIMEOUT_S = 120
PICTURE_TIMEOUT_S = 60
POLL_S = 0.05
BACKGROUND = "#14161b"
FOREGROUND = "#e0e2ea"
SGR = re.compile(r"\x1b\[([0-9;:]*)m")
OTHER_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-ln-z]|[()][A-Z0-9]|[=>])|[\x0e\x0f]")
BASIC = (
    *("#07080d", "#ffc0b9", "#b3f6c0", "#fce094", "#a6dbff", "#ffcaff", "#8cf8f7", "#eef1f8"),
    *("#4f5258", "#ffc0b9", "#b3f6c0", "#fce094", "#a6dbff", "#ffcaff", "#8cf8f7", "#eef1f8"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A tmux server with one pane."""

    tmux: Path
    socket: Path

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Run a command in the pane."""
        variables = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._tmux("new-session", "-d", *size, "-c", str(folder), *variables, *command)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (`Tab`, `Enter`)."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-l", text)

    def screen(self, *, colours: bool = False) -> str:
        """What the pane shows."""
        return self._tmux("capture-pane", "-p", "-N", *(["-e"] if colours else []))

    def wait_for(self, text: str) -> None:
        """Wait until the screen shows a text."""
        deadline = time.monotonic() + SCREEN_TIMEOUT_S
        while text not in (shown := self.screen()):
            if time.monotonic() > deadline:
                message = f"the screen never showed {text!r}:\n{shown}"
                raise AssertionError(message)
            time.sleep(POLL_S)

    def end(self) -> None:
        """End the program and the terminal."""
        subprocess.run([str(self.tmux), "-S", str(self.socket), "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        command = [str(self.tmux), "-S", str(self.socket), "-f", "/dev/null", "-u", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=SCREEN_TIMEOUT_S, check=True).stdout


def picture(screen: str, chromium: Path, target: Path) -> None:
    """Draw a screen captured with colours into a PNG file."""
    page = target.with_suffix(".html")
    page.write_text(_page(screen))
    target.unlink(missing_ok=True)
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    subprocess.run(
        [
            str(chromium),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--hide-scrollbars", *quiet),
            f"--user-data-dir={target.parent / 'profile'}",
            f"--window-size={COLUMNS * 9 + 24},{ROWS * 19 + 24}",
            f"--screenshot={target}",
            page.as_uri(),
        ],
        capture_output=True,
        timeout=PICTURE_TIMEOUT_S,
        check=True,
    )


def _page(screen: str) -> str:
    body = "\n".join(_line(line) for line in screen.rstrip("\n").split("\n"))
    style = (
        f"body{{margin:12px;background:{BACKGROUND};color:{FOREGROUND}}}"
        "pre{margin:0;font:15px/19px 'DejaVu Sans Mono',monospace}"
    )
    return f"<!doctype html><meta charset=utf-8><style>{style}</style><pre>{body}</pre>"


def _line(line: str) -> str:
    pieces = SGR.split(OTHER_ESCAPES.sub("", line))
    style: dict[str, str] = {}
    out = [html.escape(pieces[0])]
    for codes, text in zip(pieces[1::2], pieces[2::2], strict=True):
        style = _styled(style, [int(code or 0) for code in re.split("[;:]", codes)])
        shown = style
        if "reverse" in style:
            shown = {"color": style.get("background", BACKGROUND), "background": style.get("color", FOREGROUND)}
        css = ";".join(f"{name}:{value}" for name, value in shown.items())
        out.append(f'<span style="{css}">{html.escape(text)}</span>')
    return "".join(out)


def _styled(style: dict[str, str], codes: list[int]) -> dict[str, str]:
    """The style after a "select graphic rendition" sequence."""
    style = dict(style)
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code in (38, 48):
            style["color" if code == 38 else "background"] = _colour(codes)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["color"] = BASIC[code - 30 if code < 90 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style["background"] = BASIC[code - 40 if code < 100 else code - 92]
        else:
            style |= {1: {"font-weight": "bold"}, 3: {"font-style": "italic"}, 7: {"reverse": "1"}}.get(code, {})
    return style


def _colour(codes: list[int]) -> str:
    """Take an extended colour from the front of the codes: `2;r;g;b` or `5;index`."""
    if codes.pop(0) == 2:
        red, green, blue = codes.pop(0), codes.pop(0), codes.pop(0)
    else:
        index = codes.pop(0)
        if index < 16:
            return BASIC[index]
        if index >= 232:
            red = green = blue = 8 + 10 * (index - 232)
        else:
            levels = (0, 95, 135, 175, 215, 255)
            red, green, blue = (levels[(index - 16) // step % 6] for step in (36, 6, 1))
    return f"#{red:02x}{green:02x}{blue:02x}"
