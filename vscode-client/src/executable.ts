/**
 * Finds the program that is the server.
 *
 * A workspace must never choose what is run: a bare name is looked up in the absolute folders of PATH only, and a
 * path must be absolute, so that neither the current folder nor an opened repository can put a program in its place.
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as path from "node:path";

/** A program and the arguments it is always given. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Why there is no server to start, in words for a person. */
export class ExecutableNotFound extends Error {
  override readonly name = "ExecutableNotFound";
}

/**
 * The command with its program as an absolute path.
 *
 * @param command The setting `codex-lsp.server.command`.
 * @param environment Where `PATH` is read.
 * @throws ExecutableNotFound There is no such program, or it may not be run.
 */
export async function resolveCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ServerCommand> {
  const [name, ...args] = command;
  if (name === undefined || name === "") {
    throw new ExecutableNotFound("`codex-lsp.server.command` is empty");
  }
  for (const program of candidates(name, environment["PATH"] ?? "")) {
    if (await isExecutable(program)) {
      return { program, args };
    }
  }
  throw new ExecutableNotFound(
    path.isAbsolute(name)
      ? `\`${name}\` is not a program that can be run`
      : `\`${name}\` was not found on PATH`,
  );
}

function candidates(name: string, searchPath: string): string[] {
  if (path.isAbsolute(name)) {
    return [name];
  }
  if (path.basename(name) !== name) {
    throw new ExecutableNotFound(
      `\`${name}\` in \`codex-lsp.server.command\` is relative; give an absolute path or a name on PATH`,
    );
  }
  const fileName =
    process.platform === "win32" && path.extname(name) === ""
      ? `${name}.exe`
      : name;
  return searchPath
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, fileName));
}

async function isExecutable(program: string): Promise<boolean> {
  try {
    await access(program, constants.X_OK);
    return (await stat(program)).isFile();
  } catch {
    // Not there, or not ours to run: the next folder of PATH may have it, as in a shell.
    return false;
  }
}
