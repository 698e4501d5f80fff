/** Assists: commands that ask the server for one at the cursor, and how their offers and reports are shown. */
import {
  CodeAction,
  CodeActionKind,
  commands,
  languages,
  Uri,
  window,
  type Command,
  type Disposable,
  type TextEditor,
} from "vscode";

/** The command that does an assist in the server. */
export const ASSIST_COMMAND = "codex-lsp.assist";

/** What is asked of the server; positions count UTF-16 units, as the editor's do. */
interface AssistCall {
  readonly kind: string;
  readonly uri: string;
  readonly version: number;
  readonly position: { readonly line: number; readonly character: number };
  readonly targetLanguage?: string;
  readonly problem?: unknown;
}

/** Does an assist, or says why it cannot. */
export type Perform = (call: AssistCall) => Promise<void>;

/** The commands of the palette and the menu, and the assist that each asks for. */
const COMMANDS: Readonly<Record<string, string>> = {
  "codex-lsp.generateTests": "tests",
  "codex-lsp.solve": "solve",
  "codex-lsp.writeDocstring": "docstring",
  "codex-lsp.explain": "explain",
  "codex-lsp.translate": "translate",
  "codex-lsp.optimise": "optimise",
  "codex-lsp.fix": "fix",
};

/** Languages that a function may be translated to, by the identifier that the server knows. */
const LANGUAGES: Readonly<Record<string, string>> = {
  JavaScript: "javascript",
  TypeScript: "typescript",
};

/** Registers the commands. */
export function registerAssists(perform: Perform): Disposable[] {
  return Object.entries(COMMANDS).map(([command, kind]) =>
    commands.registerCommand(command, async () => {
      const editor = window.activeTextEditor;
      if (editor === undefined) {
        await window.showWarningMessage(
          "Codex LSP: open a file, and put the cursor into the function that is meant.",
        );
        return;
      }
      const target = kind === "translate" ? await askForLanguage() : undefined;
      if (kind !== "translate" || target !== undefined) {
        await perform(callAt(editor, kind, target));
      }
    }),
  );
}

/**
 * Offers in a form in which this editor shows them.
 *
 * It keeps actions of the kind `source` out of the light bulb's menu; in what was asked for without a kind they get none.
 */
export function shownActions(
  actions: (Command | CodeAction)[],
): (Command | CodeAction)[] {
  for (const action of actions) {
    if (
      action instanceof CodeAction &&
      action.kind !== undefined &&
      CodeActionKind.Source.contains(action.kind)
    ) {
      action.kind = CodeActionKind.Empty;
    }
  }
  return actions;
}

/** Shows a report beside the code, as a page to read; false where this editor cannot. */
export async function showReport(uri: string): Promise<boolean> {
  try {
    await commands.executeCommand(
      "markdown.showPreviewToSide",
      Uri.parse(uri, true),
    );
    return true;
  } catch {
    // Without the editor's own Markdown extension the text itself is shown.
    return false;
  }
}

function callAt(
  editor: TextEditor,
  kind: string,
  targetLanguage: string | undefined,
): AssistCall {
  const { document, selection } = editor;
  const { line, character } = selection.start;
  const problem = kind === "fix" ? problemAt(editor) : undefined;
  return {
    kind,
    uri: document.uri.toString(),
    version: document.version,
    position: { line, character },
    ...(targetLanguage === undefined ? {} : { targetLanguage }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** The first problem that the selection touches; without one, the server looks for a failing test. */
function problemAt({ document, selection }: TextEditor): unknown {
  const found = languages
    .getDiagnostics(document.uri)
    .find(({ range }) => range.intersection(selection) !== undefined);
  if (found === undefined) {
    return undefined;
  }
  const { message, range, source, code } = found;
  return {
    message,
    source: source ?? "",
    code: String((typeof code === "object" ? code.value : code) ?? ""),
    range: {
      start: { line: range.start.line, character: range.start.character },
      end: { line: range.end.line, character: range.end.character },
    },
  };
}

async function askForLanguage(): Promise<string | undefined> {
  const name = await window.showQuickPick(Object.keys(LANGUAGES), {
    title: "Codex LSP: translate to",
    placeHolder: "Language",
  });
  return name === undefined ? undefined : LANGUAGES[name];
}
