// What workers do in the guest (confinement.test.ts): jobs that say which hat they found themselves in, and go wrong in many ways.
import dns from "node:dns";
import { createReadStream, promises, readFile, readFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { promisify } from "node:util";
import { changeProfile, currentLabel, previousLabel } from "armorer/confinement";

// Loaded before the hat is entered: whatever is filled with random bytes from now on is kept, to be looked at again.
const filled = [];
const crypto = createRequire(import.meta.url)("node:crypto");
const { randomFillSync } = crypto;
crypto.randomFillSync = (bytes) => {
  filled.push(bytes);
  return randomFillSync(bytes);
};
syncBuiltinESMExports();

const label = () => {
  const current = currentLabel();
  return current.ok ? current.value.label : current.error.kind;
};

/** What was left behind by jobs, each with the hat that it was meant for: where it found itself later. */
const leftBehind = [];

const ways = {
  fine: () => undefined,
  throws: () => {
    throw new RangeError("on purpose");
  },
  rejects: () => Promise.reject(new RangeError("on purpose")),
  exits: () => process.exit(7),
  uncloneable: () => () => undefined,
  "leaves a timer": (hat) => void setTimeout(() => leftBehind.push([hat, label()]), 1).unref(),
  "breaks a timer": () =>
    void setTimeout(() => {
      throw new RangeError("later, on purpose");
    }, 0),
  "changes its profile": () => {
    const changed = changeProfile("elsewhere");
    if (!changed.ok) throw new Error(changed.error.kind);
  },
  "never ends": () => new Promise(() => undefined),
};

/** One job: where it began, and whether any token that this worker has had is still there. */
export async function job(hat, way) {
  const began = label();
  const tokens = filled.filter((bytes) => bytes.some((byte) => byte !== 0)).length;
  const value = await ways[way](hat);
  return { began, ended: label(), seen: filled.length, tokens, strays: leftBehind.splice(0), value };
}

const attempt = async (work) => {
  try {
    return await work();
  } catch (thrown) {
    return thrown.code;
  }
};

/** What every way to read a file gives. */
export async function reads(path) {
  return {
    sync: await attempt(() => readFileSync(path, "utf8")),
    promise: await attempt(() => promises.readFile(path, "utf8")),
    callback: await attempt(() => promisify(readFile)(path, "utf8")),
    stream: await attempt(async () => {
      let text = "";
      for await (const part of createReadStream(path, "utf8")) text += part;
      return text;
    }),
  };
}

/** What would be done by other threads. */
export async function others() {
  const previous = previousLabel();
  return {
    open: await attempt(() => promises.open("/srv/one")),
    lookup: await attempt(() => dns.promises.lookup("localhost")),
    previous: previous.ok && previous.value.label,
  };
}

/** The site of the server. */
export function site({ path }) {
  if (path === "/broken") throw new RangeError("on purpose");
  return { body: `${path} ${label()}` };
}
