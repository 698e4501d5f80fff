/**
 * Shows what the server would change as a difference, and asks.
 *
 * The editor's own preview begins with nothing ticked, and one of a new file can be applied without what is in it.
 */
import {
  commands,
  Range,
  Uri,
  window,
  workspace,
  type Disposable,
  type TextDocumentContentProvider,
} from "vscode";
import {
  TextDocumentEdit,
  type ApplyWorkspaceEditParams,
  type ApplyWorkspaceEditResult,
  type ShowDocumentParams,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageclient/node";
import { showReport } from "./assists";

const SCHEME = "codex-lsp-preview";
const APPLY = "Apply";
const REPORT = "Show the report";

/** One file, as it is and as it would be. */
interface Change {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Asks before an edit is applied that wants to be confirmed. */
export class Preview implements TextDocumentContentProvider, Disposable {
  private readonly registration: Disposable;
  private readonly texts = new Map<string, string>();
  private count = 0;
  private report: string | undefined;

  constructor() {
    this.registration = workspace.registerTextDocumentContentProvider(
      SCHEME,
      this,
    );
  }

  dispose(): void {
    this.registration.dispose();
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  /** Shows a report; one of an edit is kept for the question that comes next, as there is no room beside a difference. */
  async showDocument({ uri, takeFocus }: ShowDocumentParams): Promise<boolean> {
    if (takeFocus === false) {
      this.report = uri;
      return true;
    }
    return showReport(uri);
  }

  /** Applies the edit through `apply`, once it is confirmed where it wants to be. */
  async handle(
    params: ApplyWorkspaceEditParams,
    apply: (
      params: ApplyWorkspaceEditParams,
    ) => Promise<ApplyWorkspaceEditResult>,
  ): Promise<ApplyWorkspaceEditResult> {
    const report = this.report;
    this.report = undefined;
    const annotations = Object.values(params.edit.changeAnnotations ?? {});
    if (!annotations.some((annotation) => annotation.needsConfirmation)) {
      return apply(params);
    }
    const shown: Uri[] = [];
    for (const change of await changesOf(params.edit)) {
      shown.push(...(await this.show(change)));
    }
    const choice = await this.ask(
      params.label ?? "Codex LSP",
      annotations
        .map(({ description, label }) => description ?? label)
        .join("; "),
      report,
    );
    await this.close(shown);
    return choice === APPLY
      ? apply({ ...params, edit: confirmed(params.edit) })
      : { applied: false };
  }

  private async ask(
    title: string,
    placeHolder: string,
    report: string | undefined,
  ): Promise<string | undefined> {
    const choices = [
      APPLY,
      "Discard",
      ...(report === undefined ? [] : [REPORT]),
    ];
    for (;;) {
      const choice = await window.showQuickPick(choices, {
        title,
        placeHolder,
        ignoreFocusOut: true,
      });
      if (choice !== REPORT || report === undefined) {
        return choice;
      }
      await showReport(report);
    }
  }

  private async show({ name, before, after }: Change): Promise<Uri[]> {
    this.count += 1;
    const [left, right] = [before, after].map((text, side) => {
      const uri = Uri.from({
        scheme: SCHEME,
        path: `/${name}`,
        query: `${this.count.toFixed()}.${side.toFixed()}`,
      });
      this.texts.set(uri.toString(), text);
      return uri;
    }) as [Uri, Uri];
    await commands.executeCommand(
      "vscode.diff",
      left,
      right,
      `${name}: preview`,
      {
        preview: false,
        preserveFocus: true,
      },
    );
    return [left, right];
  }

  private async close(shown: readonly Uri[]): Promise<void> {
    const ours = new Set(shown.map(String));
    for (const uri of ours) {
      this.texts.delete(uri);
    }
    const tabs = window.tabGroups.all.flatMap((group) => group.tabs);
    await window.tabGroups.close(
      tabs.filter(({ input }) => {
        const modified = (input as { modified?: Uri } | undefined)?.modified;
        return modified !== undefined && ours.has(String(modified));
      }),
    );
  }
}

/** The same edit, with nothing left to confirm. */
function confirmed(edit: WorkspaceEdit): WorkspaceEdit {
  const annotations = Object.entries(edit.changeAnnotations ?? {}).map(
    ([id, annotation]) =>
      [id, { ...annotation, needsConfirmation: false }] as const,
  );
  return { ...edit, changeAnnotations: Object.fromEntries(annotations) };
}

async function changesOf(edit: WorkspaceEdit): Promise<Change[]> {
  const created = new Set(
    (edit.documentChanges ?? []).flatMap((change) =>
      "kind" in change && change.kind === "create" ? [change.uri] : [],
    ),
  );
  const changes: Change[] = [];
  for (const change of edit.documentChanges ?? []) {
    if (TextDocumentEdit.is(change)) {
      const { uri } = change.textDocument;
      const name = workspace.asRelativePath(Uri.parse(uri, true), false);
      changes.push({
        name,
        ...(await texts(uri, change.edits as TextEdit[], created.has(uri))),
      });
    }
  }
  return changes;
}

async function texts(
  uri: string,
  edits: readonly TextEdit[],
  isNew: boolean,
): Promise<{ before: string; after: string }> {
  if (isNew) {
    return { before: "", after: edits.map(({ newText }) => newText).join("") };
  }
  const document = await workspace.openTextDocument(Uri.parse(uri, true));
  const before = document.getText();
  const parts = edits
    .map(({ range: { start, end }, newText }) => {
      const range = new Range(
        start.line,
        start.character,
        end.line,
        end.character,
      );
      return {
        from: document.offsetAt(range.start),
        to: document.offsetAt(range.end),
        newText,
      };
    })
    .sort((left, right) => right.from - left.from);
  let after = before;
  for (const { from, to, newText } of parts) {
    after = after.slice(0, from) + newText + after.slice(to);
  }
  return { before, after };
}
