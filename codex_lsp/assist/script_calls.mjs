// Makes calls of one function and writes down, a line of JSON each, what it came to. Runs in a sandbox, in node itself
// or within a test of the project's runner. `given`: name, isDefault, calls (each a list of arguments in JSON, or null
// for none), first, mostLate (calls that may wait for ever), told (the file to write to). What it finds in `parts` are
// node's own modules.

// A loop without end holds this thread: another one ends the process, once a call took its share of the processor.
const codexLspWatch = `
  const { workerData: held } = require("node:worker_threads");
  let last = -1, since = 0, used = 0;
  const spent = () => { const { user, system } = process.cpuUsage(); return user + system; };
  setInterval(() => {
    const now = Atomics.load(held, 0);
    if (now !== last) { last = now; since = Date.now(); used = spent(); return; }
    const busy = spent() - used > 500000 || Date.now() - since > 10000;
    if (now > 0 && busy) process.kill(process.pid, "SIGKILL");
  }, 100);
`;

// What a call does beside: names of what was called, by wrapping what node has for it.
function codexLspNoted(parts, noted) {
  const wrap = (holder, name, kind, isMeant = () => true) => {
    const was = holder?.[name];
    if (typeof was !== "function") return;
    try {
      holder[name] = function (...all) {
        if (isMeant(all)) noted.add(kind);
        return new.target ? Reflect.construct(was, all, new.target) : was.apply(this, all);
      };
      Object.assign(holder[name], was);
    } catch {}
  };
  const changing = /^(append|chmod|chown|copyFile|cp|createWrite|link|mkdir|mkdtemp|rename|rm|symlink|truncate|unlink|utimes|write)/;
  for (const holder of [parts.fs, parts.fs.promises]) {
    for (const name of Object.keys(holder)) if (changing.test(name)) wrap(holder, name, "writes files");
    for (const name of ["open", "openSync"]) wrap(holder, name, "writes files", ([, flags]) => /[wa+]/.test(String(flags)));
  }
  for (const name of ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"])
    wrap(parts.processes, name, "starts processes");
  wrap(parts.net.Socket.prototype, "connect", "connects to a network");
  wrap(globalThis, "fetch", "connects to a network");
  wrap(Math, "random", "unstable");
  wrap(globalThis.performance, "now", "unstable");
  for (const name of ["randomBytes", "randomInt", "randomUUID", "getRandomValues"]) wrap(parts.crypto, name, "unstable");
  for (const name of ["randomUUID", "getRandomValues"]) wrap(globalThis.crypto, name, "unstable");
  const clock = (all) => all.length || noted.add("unstable");
  wrap(Date, "now", "unstable");
  globalThis.Date = new Proxy(Date, {
    construct: (made, all, target) => (clock(all), Reflect.construct(made, all, target)),
    apply: (made, self, all) => (noted.add("unstable"), Reflect.apply(made, self, all)),
  });
  parts.syncBuiltinESMExports?.();
}

// Whether a value is what its own JSON makes again: no class, no cycle, no date.
function codexLspSame(one, other) {
  if (one === null || typeof one !== "object") return Object.is(one, other) || (one === 0 && other === 0);
  const prototype = Object.getPrototypeOf(one);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain && !Array.isArray(one)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other ?? {}).length && keys.every((key) => codexLspSame(one[key], other[key]));
}

function codexLspTold(value) {
  if (value === undefined) return { undefined: true };
  if (typeof value === "number" && !Number.isFinite(value)) return { special: String(value) };
  if (typeof value === "number") return { value: Object.is(value, -0) ? "-0" : JSON.stringify(value) };
  try {
    const text = JSON.stringify(value);
    return text !== undefined && codexLspSame(value, JSON.parse(text)) ? { value: text } : {};
  } catch {
    return {};
  }
}

async function codexLspObserve(parts, module, given) {
  const { appendFileSync } = parts.fs;
  const tell = (said) => appendFileSync(given.told, JSON.stringify(said) + "\n");
  const noted = new Set();
  codexLspNoted(parts, noted);
  const held = new Int32Array(new SharedArrayBuffer(4));
  const watch = new parts.Worker(codexLspWatch, { eval: true, workerData: held });
  watch.unref();
  tell({ imported: true });
  const whole = module.default;
  const subject = given.isDefault ? (whole?.default ?? whole ?? module) : (module[given.name] ?? whole?.[given.name]);
  let late = 0;
  for (let at = given.first; at < given.calls.length && late < given.mostLate; at++) {
    let said;
    if (given.calls[at] === "null") continue;
    tell({ begun: at });
    noted.clear();
    Atomics.store(held, 0, at + 1);
    let timer;
    const end = new Promise((done) => (timer = parts.setTimeout(done, 1500, held)));
    try {
      const value = await Promise.race([subject(...JSON.parse(given.calls[at])), end]);
      said = value === held ? { late: true } : codexLspTold(value);
    } catch (error) {
      said = { threw: String(error?.name ?? "Error") };
    }
    parts.clearTimeout(timer);
    late += said.late ? 1 : 0;
    Atomics.store(held, 0, 0);
    tell({ at, noted: [...noted], ...said });
  }
  await watch.terminate();
}
