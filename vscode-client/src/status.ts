/** The status bar item: what the server is doing, in one place that never interrupts. */
import {
  StatusBarAlignment,
  ThemeColor,
  window,
  type Disposable,
  type StatusBarItem,
} from "vscode";

/** What a person can be told at a glance about the server. */
export type State =
  | { readonly kind: "loading"; readonly detail: string }
  | { readonly kind: "ready" }
  | { readonly kind: "error"; readonly detail: string };

const TITLE = "Codex LSP";

/** Shows the server's `State`, or that suggestions are turned off; a click opens the log. */
export class Status implements Disposable {
  private readonly item: StatusBarItem;
  private state: State = { kind: "loading", detail: "starting" };
  private enabled = true;

  constructor() {
    this.item = window.createStatusBarItem(
      "codex-lsp.status",
      StatusBarAlignment.Right,
    );
    this.item.name = TITLE;
    this.item.command = "codex-lsp.showLog";
    this.render();
    this.item.show();
  }

  show(state: State): void {
    this.state = state;
    this.render();
  }

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
    this.render();
  }

  dispose(): void {
    this.item.dispose();
  }

  private render(): void {
    const { icon, detail } = describe(this.state, this.enabled);
    this.item.text = `$(${icon}) Codex`;
    this.item.tooltip = `${TITLE}: ${detail}`;
    this.item.accessibilityInformation = { label: this.item.tooltip };
    this.item.backgroundColor =
      this.state.kind === "error"
        ? new ThemeColor("statusBarItem.errorBackground")
        : undefined;
  }
}

function describe(
  state: State,
  enabled: boolean,
): { icon: string; detail: string } {
  if (state.kind === "error") {
    return { icon: "error", detail: state.detail };
  }
  if (!enabled) {
    return {
      icon: "circle-slash",
      detail: "turned off by the setting codex-lsp.enabled",
    };
  }
  return state.kind === "loading"
    ? { icon: "loading~spin", detail: state.detail }
    : { icon: "sparkle", detail: "ready" };
}
