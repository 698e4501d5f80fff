"""VS Code for the tests: our extension as a package, code-server that has it installed, a browser that shows it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[3]
HOME = ROOT / ".editors" / "vscode"
CLIENT = ROOT / "vscode-client"
DRIVER = Path(__file__).with_name("drive.mjs")

START_TIMEOUT_S = 60.0
STEP_TIMEOUT_S = 120.0
RUN_TIMEOUT_S = 600.0
LISTENING = re.compile(r"HTTP server listening on http://127\.0\.0\.1:(\d+)/")

# What a person with default settings of the desktop has, and nothing that could get in the way of a test run offline.
# Suggestion popups keep their defaults.
USER_SETTINGS = {
    "files.autoSave": "off",  # the desktop's default; the browser's is to save after each pause
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
}


def environment() -> dict[str, str]:
    """Our environment with the tests' own Node first."""
    return os.environ | {"PATH": os.pathsep.join((str(HOME / "node" / "bin"), os.environ["PATH"]))}


def package_extension() -> Path:
    """Build `codex-lsp.vsix`, and give its path."""
    lock = CLIENT / "package-lock.json"
    installed = CLIENT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm("ci", "--no-audit", "--no-fund")
    _npm("run", "package")
    return CLIENT / "dist" / "codex-lsp.vsix"


def _npm(*arguments: str) -> None:
    npm = shutil.which("npm")
    assert npm is not None, "npm is missing; install Node.js 20 or newer with npm"
    run = subprocess.run([npm, *arguments], cwd=CLIENT, env=environment(), capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"npm {' '.join(arguments)} failed:\n{run.stdout}{run.stderr}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeServer:
    """A code-server that runs, and the folder its data is in."""

    port: int
    folder: Path

    def url(self, path: Path, *, line: int, column: int) -> str:
        """The address that opens `path` with the cursor at a 1-based line and column."""
        target = f"vscode-remote://127.0.0.1:{self.port}{path}:{line}:{column}"
        payload = json.dumps([["gotoLineMode", "true"], ["openFile", target]])
        return f"http://127.0.0.1:{self.port}/?folder={quote(str(path.parent))}&payload={quote(payload)}"

    def drive(self, url: str, steps: Sequence[dict[str, str]]) -> list[Any]:
        """Take `steps` in a browser that shows `url`, and give what they saw."""
        browser = shutil.which("chromium")
        assert browser is not None, "chromium is missing; run bash tests/editors/vscode/install.sh"
        scenario = {
            "modules": str(HOME),
            "browser": browser,
            "profile": str(self.folder / "browser"),
            "url": url,
            "timeout_ms": STEP_TIMEOUT_S * 1000,
            "failure": str(self.folder / "failure.png"),
            "steps": list(steps),
        }
        run = subprocess.run(
            [str(HOME / "node" / "bin" / "node"), str(DRIVER)],
            input=json.dumps(scenario),
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT_S,
            check=False,
        )
        assert run.returncode == 0, f"{run.stderr}\nscreenshot: {scenario['failure']}\n{self.extension_log()}"
        return json.loads(run.stdout)["seen"]

    def extension_log(self) -> str:
        """What the extension and its server logged."""
        return "\n".join(path.read_text(encoding="utf-8") for path in self.folder.glob("data/logs/**/Codex LSP.log"))


@contextmanager
def code_server(folder: Path, extension: Path, server_command: Sequence[str]) -> Generator[CodeServer]:
    """Run code-server with our extension, all its data under `folder`, in a process group that is ended afterwards."""
    data = folder / "data"
    _write_json(data / "User" / "settings.json", USER_SETTINGS)
    # Settings of scope `machine` are taken from here alone, in an editor that is used over a network.
    _write_json(data / "Machine" / "settings.json", {"codex-lsp.server.command": list(server_command)})
    (folder / "config.yaml").write_text("auth: none\n", encoding="utf-8")
    command = [str(HOME / "node_modules" / ".bin" / "code-server"), "--config", str(folder / "config.yaml")]
    command += ["--user-data-dir", str(data), "--extensions-dir", str(folder / "extensions")]
    variables = environment() | {
        "EXTENSIONS_GALLERY": json.dumps({"serviceUrl": "http://127.0.0.1:9/"}),  # nothing listens there
        "XDG_CONFIG_HOME": str(folder / "config"),  # the person's own codex-lsp.toml has no part in a test
        "XDG_DATA_HOME": str(folder / "share"),  # nor have their statistics
        "XDG_STATE_HOME": str(folder / "state"),
    }
    subprocess.run([*command, "--install-extension", str(extension)], env=variables, check=True, capture_output=True)
    log = folder / "code-server.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*command, "--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check"],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield CodeServer(port=_wait_for_port(process, log), folder=folder)
        finally:
            _end_group(process)


def codex_lsp_command() -> list[str]:
    """The project's own command, as installed beside the interpreter that runs the tests.

    The editor gives its extensions the `PATH` of a login shell; the sandbox may be on ours alone.
    """
    return ["/usr/bin/env", f"PATH={os.environ['PATH']}", str(Path(sys.executable).with_name("codex-lsp"))]


def recorded(command: Sequence[str], path: Path) -> list[str]:
    """The same command, with its API key and all that the editor sends to it copied into `path`."""
    script = '{ printenv CODEX_LSP_API_KEY || echo "no key"; } >>"$0"; tee -a -- "$0" | exec "$@"'
    return ["/bin/sh", "-c", script, str(path), *command]


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def _wait_for_port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        listening = LISTENING.search(log.read_text(encoding="utf-8"))
        if listening is not None:
            return int(listening.group(1))
        time.sleep(0.05)
    raise AssertionError(f"code-server does not listen:\n{log.read_text(encoding='utf-8')}")


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
