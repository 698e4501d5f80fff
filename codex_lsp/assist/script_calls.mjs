// Makes calls of one function of a module and tells, a line of JSON for each, what it came to. Runs in a sandbox, with
// `given` defined above it: path, typed, name, isDefault, calls (each a list of arguments in JSON), mark.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// Node itself strips types from version 22.18 on; before, the project's own compiler does.
function runnable(path) {
  if (!given.typed || process.features.typescript) return path;
  const typescript = createRequire(path)("typescript");
  const options = { module: "ESNext", target: "ES2022" };
  const made = typescript.transpileModule(readFileSync(path, "utf8"), { compilerOptions: options });
  const target = process.cwd() + "/transpiled.mjs";
  writeFileSync(target, made.outputText);
  return target;
}

// Whether a value is what its own JSON makes again: no class, no cycle, no date.
function same(one, other) {
  if (one === null || typeof one !== "object") return Object.is(one, other) || (one === 0 && other === 0);
  const prototype = Object.getPrototypeOf(one);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other ?? {}).length && keys.every((key) => same(one[key], other[key]));
}

function told(value) {
  if (value === undefined) return { undefined: true };
  if (typeof value === "number" && !Number.isFinite(value)) return { special: String(value) };
  const text = JSON.stringify(value);
  return text !== undefined && same(value, JSON.parse(text)) ? { value: text } : {};
}

const module = await import(pathToFileURL(runnable(given.path)));
const subject = given.isDefault ? module.default : (module[given.name] ?? module.default?.[given.name]);
for (let at = 0; at < given.calls.length; at++) {
  let said;
  try {
    said = told(await subject(...JSON.parse(given.calls[at])));
  } catch (error) {
    said = { threw: String(error?.name ?? "Error") };
  }
  writeFileSync(1, "\n" + given.mark + " " + JSON.stringify({ at, ...said }) + "\n");
}
process.exit(0);
