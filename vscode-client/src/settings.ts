/**
 * The settings a person gave the editor, as the tree the server takes.
 *
 * Only what was set is sent. Defaults live in the server alone; sending the editor's copy of them would hide the
 * person's own `codex-lsp.toml`, which is weaker than what an editor says.
 */
import { workspace, type ExtensionContext } from "vscode";

/** The section of the editor's settings that is ours. */
export const SECTION = "codex-lsp";

/** The client-only setting that names the server's program; the server never sees it. */
export const COMMAND_SETTING = "server.command";

/** Dotted names and their values, for example `{"completion.top_p": 0.9}`. */
export type SettingsTree = Readonly<Record<string, unknown>>;

/** What `codex-lsp.server.command` says. */
export function serverCommand(): readonly string[] {
  return workspace.getConfiguration(SECTION).get<string[]>(COMMAND_SETTING, []);
}

/** Whether suggestions are wanted at all. */
export function isEnabled(): boolean {
  return workspace.getConfiguration(SECTION).get<boolean>("enabled", true);
}

/** Every setting of the server that differs from "not set", under its dotted name. */
export function settingsTree(context: ExtensionContext): SettingsTree {
  const configuration = workspace.getConfiguration(SECTION);
  const tree: Record<string, unknown> = {};
  for (const name of settingNames(context)) {
    if (name !== COMMAND_SETTING && isSet(configuration.inspect(name))) {
      tree[name] = configuration.get(name);
    }
  }
  return tree;
}

interface Manifest {
  readonly contributes: {
    readonly configuration: {
      readonly properties?: Readonly<Record<string, unknown>>;
    };
  };
}

function settingNames(context: ExtensionContext): string[] {
  const manifest = context.extension.packageJSON as Manifest;
  return Object.keys(manifest.contributes.configuration.properties ?? {}).map(
    (name) => name.slice(SECTION.length + 1),
  );
}

interface Inspection {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

function isSet(inspection: Inspection | undefined): boolean {
  return (
    inspection?.globalValue !== undefined ||
    inspection?.workspaceValue !== undefined ||
    inspection?.workspaceFolderValue !== undefined
  );
}
