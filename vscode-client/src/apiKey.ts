/** The key of a remote endpoint: kept in the editor's secret store, given to the server in its environment alone. */
import { window, type SecretStorage } from "vscode";

const SECRET = "codex-lsp.apiKey";
const VARIABLE = "CODEX_LSP_API_KEY";

/** Asks for the key; an empty answer forgets it. Returns whether anything changed. */
export async function askForApiKey(secrets: SecretStorage): Promise<boolean> {
  const key = await window.showInputBox({
    title: "Codex LSP: API key of the endpoint",
    prompt: "Kept in the editor's secret store. Leave empty to forget it.",
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) {
    return false;
  }
  await (key === "" ? secrets.delete(SECRET) : secrets.store(SECRET, key));
  return true;
}

/** What is added to the server's environment; a key that is already in it stays unless one is stored here. */
export async function apiKeyEnvironment(
  secrets: SecretStorage,
): Promise<Record<string, string>> {
  const key = await secrets.get(SECRET);
  return key === undefined ? {} : { [VARIABLE]: key };
}
