/** The extension's entry: wires commands, settings and trust to one server. */
import {
  commands,
  env,
  window,
  workspace,
  type ExtensionContext,
  type LogOutputChannel,
} from "vscode";
import { askForApiKey } from "./apiKey";
import { registerAssists } from "./assists";
import { ExecutableNotFound } from "./executable";
import { Preview } from "./preview";
import { Server } from "./server";
import { COMMAND_SETTING, SECTION, isEnabled } from "./settings";
import { Status } from "./status";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Codex LSP", { log: true });
  const status = new Status();
  status.setEnabled(isEnabled());
  const preview = new Preview();
  const current = new Server(context, log, status, preview, (error) => {
    void reportFailure(error, log, status);
  });
  server = current;
  context.subscriptions.push(
    log,
    status,
    preview,
    commands.registerCommand("codex-lsp.showLog", () => {
      log.show();
    }),
    commands.registerCommand("codex-lsp.restart", () => current.restart()),
    commands.registerCommand("codex-lsp.setApiKey", async () => {
      if (await askForApiKey(context.secrets)) {
        await current.restart();
      }
    }),
    ...registerAssists((call) => current.assist(call)),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration(`${SECTION}.${COMMAND_SETTING}`)) {
        await current.restart();
      } else if (event.affectsConfiguration(SECTION)) {
        status.setEnabled(isEnabled());
        await current.configure();
      }
    }),
    // Trust is told once, when the server starts.
    workspace.onDidGrantWorkspaceTrust(() => current.restart()),
  );
  await current.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

async function reportFailure(
  error: unknown,
  log: LogOutputChannel,
  status: Status,
): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  log.error(message);
  status.show({ kind: "error", detail: message });
  if (!(error instanceof ExecutableNotFound)) {
    // The language client has shown why the server did not start.
    return;
  }
  const openSetting = "Open Setting";
  const choice = await window.showErrorMessage(
    `Codex LSP: ${message}. Install it with \`pip install "codex-lsp[local,assist]"\`, or name it in the setting \`${SECTION}.${COMMAND_SETTING}\`.`,
    openSetting,
  );
  if (choice === openSetting) {
    await openCommandSetting();
  }
}

/** Opens the setting where it can be set: settings of one machine are that machine's in a remote window. */
async function openCommandSetting(): Promise<void> {
  await commands.executeCommand(
    env.remoteName === undefined
      ? "workbench.action.openSettings"
      : "workbench.action.openRemoteSettings",
    { query: `${SECTION}.${COMMAND_SETTING}` },
  );
}
