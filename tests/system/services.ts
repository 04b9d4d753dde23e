/** `npm run services`: the page docs/services.md, carried out on a real kernel. Words take the sections whose title holds one. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type GuestRequest, type System, withCopy } from "../../lab/index.ts";
import { type Guest, labReady, must, recordText, withGuest } from "../support/lab.ts";
import { foundBy, scriptArguments } from "../support/script-options.ts";
import { repository } from "../support/sources.ts";
import { mustRun, openServiceSystem, placePackage } from "../support/service-system.ts";

interface Command {
  readonly typed: string;
  readonly expected: string;
}

interface Section {
  readonly title: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly commands: readonly Command[];
}

function commandsOf(text: string): readonly Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((one) => {
      const end = one.indexOf("\n");
      return { typed: one.slice(0, end), expected: one.slice(end + 1) };
    });
}

function readPage(page: string): readonly Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((text): Section => {
      const fences = [...text.matchAll(/^```(\w+)(?: (\/\S+))?\n([^]*?)^```$/gm)];
      const files = fences.flatMap(([, , path, content = ""]) => (path === undefined ? [] : [{ path, text: content }]));
      const commands = fences.flatMap(([, kind, , content = ""]) => (kind === "console" ? commandsOf(content) : []));
      return { title: text.slice(0, text.indexOf("\n")), files, commands };
    });
}

async function carryOut(guest: Guest, { commands, files, title }: Section): Promise<number> {
  let wrong = 0;
  /** What was refused since the last command that is shown. */
  let refused: string[] = [];
  for (const { path, text } of files) {
    const script = 'mkdir -p "${0%/*}" && cat > "$0"';
    await guest.run({ kind: "run", id: path, argv: ["sh", "-c", script, path], stdin: text });
  }
  for (const { expected, typed } of commands) {
    const argv = ["bash", "-c", typed];
    const [result] = await guest.run({ kind: "run", id: typed, argv, timeoutMs: 300_000 });
    refused.push(...(result?.events ?? []).filter((event) => event.includes("DENIED")).map(recordText));
    if (result?.stdout === expected) continue;
    wrong += 1;
    const said = `${result?.stdout}${result?.stderr}(status ${result?.exitCode})`;
    process.stdout.write(`$ ${typed}\n${said}\nand not:\n${expected}${refused.join("\n")}\n\n`);
    refused = [];
  }
  process.stdout.write(`${title}: ${commands.length} commands, ${wrong} otherwise than written\n`);
  return wrong;
}

async function prepare(system: System): Promise<void> {
  await mustRun(system, ["dpkg", "--install", placePackage(system)]);
  rmSync(join(system.root, "etc/apparmor.d/usr.sbin.apache2"), { force: true });
  mkdirSync(dirname(join(system.root, "etc/hosts")), { recursive: true });
  writeFileSync(join(system.root, "etc/hosts"), "127.0.0.1 localhost\n");
}

/** Where systemd is process 1 it is not to load all of Debian's profiles, which takes minutes under emulation. */
function guestOf({ root }: System): GuestRequest {
  const kernelArguments = ["systemd.mask=apparmor.service"];
  return { kernel: "7.2", system: root, memoryMebibytes: 3000, timeoutMs: 1_800_000, kernelArguments };
}

async function main(): Promise<void> {
  const page = readPage(readFileSync(join(repository, "docs/services.md"), "utf8"));
  assert.ok(page.length > 3);
  const usage =
    "usage: npm run services -- [WORD]...\n\n  WORD  the sections of docs/services.md whose title holds it; without one all\n";
  const wanted = scriptArguments(usage, {}, (_, words) => foundBy(words, page, ({ title }) => title));
  await labReady();
  must(
    await withCopy(await openServiceSystem(), async (system) => {
      await prepare(system);
      for (const withInit of [false, true]) {
        const sections = wanted.filter(({ title }) => title.includes("systemd") === withInit);
        if (sections.length === 0) continue;
        await withGuest({ ...guestOf(system), withInit }, async (guest) => {
          await guest.run({ kind: "run", id: "lo", argv: ["ip", "link", "set", "lo", "up"] });
          for (const section of sections) if ((await carryOut(guest, section)) > 0) process.exitCode = 1;
        });
      }
    }),
  );
}

await main();
