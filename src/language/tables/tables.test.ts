import assert from "node:assert/strict";
import { constants } from "node:os";
import test from "node:test";
import {
  capabilityName,
  capabilityNumber,
  errnos,
  ignoredFileName,
  isDubiousFileName,
  MountFlag,
  mountOptions,
  nearestWord,
  parseFilePermissions,
  printFilePermissions,
  signalName,
  signalNumber,
  signals,
} from "./index.ts";

test("capability numbers are those of capabilities(7)", () => {
  assert.equal(capabilityNumber("sys_admin"), 21);
  assert.equal(capabilityNumber("mac_admin"), 33);
  assert.equal(capabilityNumber("checkpoint_restore"), 40);
  assert.equal(capabilityName(12), "net_admin");
  assert.equal(capabilityNumber("SYS_ADMIN"), undefined);
});

test("error names have the numbers the machine's C library gives them", () => {
  const machine: Readonly<Record<string, number>> = constants.errno;
  let compared = 0;
  for (const [name, number] of errnos) {
    if (machine[name] === undefined) continue;
    assert.equal(number, machine[name], name);
    compared += 1;
  }
  assert.ok(compared > 50);
});

test("signals are named and numbered both ways", () => {
  for (const [, number] of signals) assert.equal(signalNumber(signalName(number) ?? ""), number);
  assert.equal(signalNumber("rtmin+0"), 128);
  assert.equal(signalNumber("rtmin+"), 128);
  assert.equal(signalNumber("rtmin+1x"), 129);
  assert.equal(signalNumber("rtmin+32"), 160);
  assert.equal(signalNumber("rtmin+33"), undefined);
  assert.equal(signalNumber("rtmin"), undefined);
  assert.equal(signalName(20), "tstp");
});

test("mount words set or clear their flags", () => {
  assert.deepEqual(mountOptions.get("rbind"), { set: MountFlag.BIND | MountFlag.REC, clear: 0 });
  assert.deepEqual(mountOptions.get("rw"), { set: 0, clear: MountFlag.RDONLY });
  assert.deepEqual(mountOptions.get("make-rslave"), { set: 0x84000, clear: 0 });
});

test("permission strings print as they were read, whatever the order of the letters", () => {
  for (const text of ["r", "rwlkm", "ralkm", "rix", "Px", "pux", "PUx", "Cix", "cx", "Ux", "x"]) {
    const parsed = parseFilePermissions(text);
    assert.ok(parsed.ok);
    assert.equal(printFilePermissions(parsed.value.permissions, parsed.value.exec), text);
  }
});

test("the middle letter's case says nothing", () => {
  assert.deepEqual(parseFilePermissions("pUx"), parseFilePermissions("pux"));
  assert.deepEqual(parseFilePermissions("Pux"), parseFilePermissions("PUx"));
});

test("two exec modes in one string are refused, a repeated one and a stray x are not", () => {
  for (const text of ["ixix", "xix", "ixx", "pxx", "PxxPx", "lpxl", "xxix"]) {
    assert.ok(parseFilePermissions(text).ok, text);
  }
  for (const text of ["pxPx", "xpx", "xux", "pixpx", "pxix", "uxix", "xixpx"]) {
    const parsed = parseFilePermissions(text);
    assert.ok(!parsed.ok && parsed.error.kind === "two-exec-modes", text);
  }
});

test("append and write exclude each other, unknown letters are found", () => {
  assert.deepEqual(parseFilePermissions("wra"), { ok: false, error: { kind: "append-and-write" } });
  assert.deepEqual(parseFilePermissions("rz"), { ok: false, error: { kind: "unknown-letter", at: 1 } });
});

test("directory entries of package managers and editors are passed over", () => {
  for (const name of [".x", "README", "a.dpkg-new", "a~", "a.orig", "x.rpmsave"])
    assert.ok(ignoredFileName(name) !== undefined, name);
  for (const name of ["README.md", "a.bak", "a.swp", "a~b~", "a.txt"])
    assert.equal(ignoredFileName(name), undefined, name);
  for (const name of ["a~b~", "x.orig.orig", ".x", "README", "y~"]) assert.ok(isDubiousFileName(name), name);
  assert.ok(!isDubiousFileName("README.md"));
});

test("the nearest word is near", () => {
  assert.equal(nearestWord("sys_admn", ["sys_nice", "sys_admin"]), "sys_admin");
  assert.equal(nearestWord("tpc", ["tipc", "tcp", "udp"]), "tcp");
  assert.equal(nearestWord("hpu", ["hup", "int"]), "hup");
  assert.equal(nearestWord("zebra", ["hup", "int"]), undefined);
});
