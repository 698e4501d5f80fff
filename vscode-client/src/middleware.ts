/** What is done with the traffic between the editor and the server on its way. */
import { commands, window } from "vscode";
import {
  CancellationToken,
  MessageType,
  type Middleware,
  type ShowMessageParams,
  type WorkDoneProgressBegin,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { shownActions } from "./assists";
import type { Preview } from "./preview";
import type { Status } from "./status";

/** The command that an accepted suggestion runs in the server. */
const ACCEPTED_COMMAND = "codex-lsp.accepted";

/** Middleware that keeps the status bar in step and asks again after a suggestion was accepted. */
export function createMiddleware(status: Status, preview: Preview): Middleware {
  return {
    handleWorkDoneProgress(token, params, next) {
      status.show(
        params.kind === "end"
          ? { kind: "ready" }
          : { kind: "loading", detail: progressText(params) },
      );
      next(token, params);
    },
    async provideInlineCompletionItems(
      document,
      position,
      context,
      token,
      next,
    ) {
      const result = await next(document, position, context, token);
      const items = Array.isArray(result) ? result : (result?.items ?? []);
      if (items.length > 0) {
        // It works, whatever went wrong before.
        status.show({ kind: "ready" });
      }
      return result;
    },
    async provideCodeActions(document, range, context, token, next) {
      const actions = await next(document, range, context, token);
      return context.only === undefined ? shownActions(actions ?? []) : actions;
    },
    workspace: {
      async handleApplyEdit(params, next) {
        return preview.handle(params, async (confirmed) => {
          const result = await next(confirmed, CancellationToken.None);
          return result instanceof Error
            ? { applied: false, failureReason: result.message }
            : result;
        });
      },
    },
    window: {
      async showDocument(params, token, next) {
        return (await preview.showDocument(params))
          ? { success: true }
          : next(params, token);
      },
    },
    async executeCommand(command, args, next) {
      const result: unknown = await next(command, args);
      if (command === ACCEPTED_COMMAND) {
        // The editor does not ask again by itself after an item that has a command (microsoft/vscode#282189).
        await commands.executeCommand("editor.action.inlineSuggest.trigger", {
          explicit: false,
        });
      }
      return result;
    },
  };
}

/** Shows what the server wants a person to know; an error stays visible in the status bar. */
export async function showMessage(
  status: Status,
  { type, message }: ShowMessageParams,
): Promise<void> {
  switch (type) {
    case MessageType.Error:
      status.show({ kind: "error", detail: message });
      if (await window.showErrorMessage(message, "Show Log")) {
        await commands.executeCommand("codex-lsp.showLog");
      }
      return;
    case MessageType.Warning:
      await window.showWarningMessage(message);
      return;
    default:
      await window.showInformationMessage(message);
  }
}

function progressText(
  params: WorkDoneProgressBegin | WorkDoneProgressReport,
): string {
  const title = params.kind === "begin" ? params.title : "loading";
  const share =
    params.percentage === undefined
      ? ""
      : ` (${params.percentage.toFixed()} %)`;
  return `${params.message ?? title}${share}`;
}
