/** The server as the extension sees it: one language client at a time, replaced when what started it changes. */
import { homedir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  commands,
  window,
  workspace,
  type ExtensionContext,
  type LogOutputChannel,
} from "vscode";
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  RevealOutputChannelOn,
  ShowMessageNotification,
  State,
  type Executable,
  type LanguageClientOptions,
} from "vscode-languageclient/node";
import { apiKeyEnvironment } from "./apiKey";
import { ASSIST_COMMAND } from "./assists";
import { resolveCommand } from "./executable";
import { createMiddleware, showMessage } from "./middleware";
import { SECTION, serverCommand, settingsTree } from "./settings";
import type { Preview } from "./preview";
import type { Status } from "./status";

const STOP_TIMEOUT_MS = 3000;

/** Starts, restarts and stops `codex-lsp serve`. */
export class Server {
  private client: LanguageClient | undefined;
  private running: Promise<void> = Promise.resolve();
  private restartIsQueued = false;

  constructor(
    private readonly context: ExtensionContext,
    private readonly log: LogOutputChannel,
    private readonly status: Status,
    private readonly preview: Preview,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Replaces the server. Calls that come while one waits to begin are answered by that one. */
  restart(): Promise<void> {
    if (!this.restartIsQueued) {
      this.restartIsQueued = true;
      this.running = this.running.then(() => this.replace());
    }
    return this.running;
  }

  /** Tells the server what the settings are now. */
  async configure(): Promise<void> {
    if (this.client?.state === State.Running) {
      await this.client.sendNotification(
        DidChangeConfigurationNotification.type,
        { settings: { [SECTION]: settingsTree(this.context) } },
      );
    }
  }

  /** Does an assist; whatever comes of it, the server shows. */
  async assist(call: object): Promise<void> {
    if (this.client?.state !== State.Running) {
      await window.showWarningMessage(
        "Codex LSP: the server is not running; its log says why.",
      );
      return;
    }
    await commands.executeCommand(ASSIST_COMMAND, call);
  }

  /** Ends the server; it may be started again. */
  stop(): Promise<void> {
    this.running = this.running.then(() => this.end());
    return this.running;
  }

  private async replace(): Promise<void> {
    this.restartIsQueued = false;
    this.status.show({ kind: "loading", detail: "starting" });
    try {
      await this.end();
      this.client = this.createClient(await this.executable());
      await this.client.start();
    } catch (error) {
      this.onFailure(error);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      if (client?.state === State.Starting) {
        // The language client restarts a server that crashed; one that starts cannot be stopped yet.
        await client.start();
      }
      if (client?.state === State.Running) {
        await client.dispose(STOP_TIMEOUT_MS);
      }
    } catch (error) {
      // The language client kills a server that does not end, and what comes next needs none of it.
      this.log.warn(`The server did not end in order: ${String(error)}`);
    }
  }

  private async executable(): Promise<Executable> {
    const { program, args } = await resolveCommand(
      serverCommand(),
      process.env,
    );
    this.log.info(`Starting ${[program, ...args, "serve"].join(" ")}`);
    const key = await apiKeyEnvironment(this.context.secrets);
    return {
      command: program,
      args: [...args, "serve"],
      // Not the workspace: a program started there could load code from it.
      options: { cwd: homedir(), env: { ...process.env, ...key } },
    };
  }

  private createClient(executable: Executable): LanguageClient {
    const options: LanguageClientOptions = {
      // The server decides which languages it completes.
      documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
      outputChannel: this.log,
      // A server logs to stderr whatever it has to say; it is not all errors.
      stdioOptions: { stdout: copyLines, stderr: copyLines },
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // Read at every start, so that a restart after a crash has the settings of that moment.
      initializationOptions: () => ({
        settings: settingsTree(this.context),
        trusted: workspace.isTrusted,
        // Each key is a change of its own here, so that accepting a word of ghost text can be told from typing.
        sendsEveryKey: true,
      }),
      middleware: createMiddleware(this.status, this.preview),
    };
    const client = new LanguageClient(
      SECTION,
      "Codex LSP",
      executable,
      options,
    );
    client.onNotification(ShowMessageNotification.type, (params) =>
      showMessage(this.status, params),
    );
    client.onDidChangeState(({ newState }) => {
      this.follow(client, newState);
    });
    return client;
  }

  private follow(client: LanguageClient, state: State): void {
    if (client !== this.client) {
      return;
    }
    if (state === State.Starting) {
      // Running is not ready: the model's own loading ends with progress that ends.
      this.status.show({ kind: "loading", detail: "starting" });
    } else if (state === State.Stopped || state === State.StartFailed) {
      this.status.show({ kind: "error", detail: "the server has stopped" });
    }
  }
}

function copyLines(input: Readable, log: LogOutputChannel): void {
  createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
    log.info(line);
  });
}
