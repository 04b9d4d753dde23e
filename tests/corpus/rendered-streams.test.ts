import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { permissionsOf, match } from "../../src/compiler/compiled/index.ts";
import { attachmentPatterns, policyToJson, renderGraph, renderPolicy } from "../../src/compiler/decompile/index.ts";
import { encodeBytes } from "../../src/foundation/text/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { compileText } from "../support/pipeline.ts";
import { decoded, profileOf, readStream, streamNames } from "../support/streams.ts";

/** The rule lines of a rendered stream, comments left out. */
function ruleLines(name: string): readonly string[] {
  const lines = renderPolicy(decoded(readStream(name))).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line.endsWith(","));
}

test("rules come back from both encodings as they were written", () => {
  for (const name of ["deny-6.1", "deny-7.2"]) {
    assert.deepEqual(ruleLines(name), ["owner /a r,", "audit /b w,", "/bin/x px -> tgt,", "deny /c r,"], name);
  }
});

test("exec modes come back with their fallbacks and targets", () => {
  // as in the source; every mode that may inherit brings m, and a plain l may link to anything it has no more rights on
  const wanted =
    "/a mix, /b px, /c cx, /d mpix, /e pux, /f Px, /g Cx, /h ux, /i Ux, /j px -> t, /k Px -> t, /l mcix, /m cux, /n mPix, /o PUx, " +
    "/p mCix, /q CUx, /r px -> ex//kid, /s mpix -> t, /t rmix, /u l, /v rk, /w wl, /x ra,";
  for (const name of ["ex-6.1", "ex-7.2"]) {
    const lines = ruleLines(name).filter((line) => !line.includes("link "));
    assert.equal(lines.join(" "), wanted, name);
  }
});

test("a full profile shows its attachment, header and rules", () => {
  for (const name of ["full-6.1", "full-7.2"]) {
    const lines = ruleLines(name);
    for (const line of [
      "capability net_admin checkpoint_restore,",
      "audit capability chown,",
      "deny capability kill,",
      "set rlimit nofile <= 1024,",
      "set rlimit cpu <= 10,",
      "/etc/x r,",
      "owner /home/* rw,",
      "/bin/a px,",
      "/bin/d px -> other,",
      "/bin/e pux -> :ns:third,",
      "/bin/h Ux,",
      "/bin/i rm,",
      "link /l1 -> /l2,",
      "change_profile -> tgt,",
      "change_profile /ex -> tgt2,",
      "deny /etc/secret w,",
      "audit /etc/aud r,",
      "/h r,",
      "/c r,",
    ]) {
      assert.ok(lines.includes(line), `${name}: ${line}`);
    }
    assert.deepEqual(attachmentPatterns(profileOf(readStream(name), "full")), ["/usr/bin/{bar,foo}"]);
    assert.match(
      renderPolicy(decoded(readStream(name))),
      /^profile full \/usr\/bin\/\{bar,foo\} flags=\(complain.*\) \{\n {2}# mode: complain/m,
    );
  }
});

test("rules of the other classes come back with their fields by name", () => {
  const lines = ruleLines("mix-7.2");
  for (const line of [
    "signal send set=(term) peer=foo,",
    "ptrace read peer=bar,",
    "umount /mnt/,",
    "pivot_root oldroot=/old/ /new/,",
    "mount fstype=ext4 options=(ro) /dev/sda1 -> /mnt/,",
    "dbus bind bus=system name=org.y,",
    "dbus send bus=session path=/o interface=i.f member=M peer=(name=org.x label=pl),",
    "userns,",
    "io_uring override_creds label=ioL,",
    "unix (connect send receive) type=stream peer=(addr=@abc label=lbl),",
    "unix bind type=dgram addr=@xyz,",
    "network inet6 dgram,",
    "deny network netlink raw,",
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test("a plain path that is shown has what is shown", () => {
  let asked = 0;
  for (const name of streamNames) {
    for (const { file, name: profile } of decoded(readStream(name)).profiles) {
      const lines = renderPolicy({ profiles: [profileOf(readStream(name), profile)] }).split("\n");
      for (const line of lines) {
        const [, owner, path, letters] = /^ {2}(owner |)(\/[\w/.-]+) ([rwalkm]+)/.exec(line) ?? [];
        if (file === undefined || path === undefined || letters === undefined) continue;
        const { allow } = permissionsOf(file, match(file.dfa, 1, encodeBytes(path)), owner === "" ? "other" : "owner");
        assert.equal((allow & 4) !== 0, letters.includes("r"), `${name} ${line}`);
        assert.equal((allow & 2) !== 0, letters.includes("w"), `${name} ${line}`);
        asked += 1;
      }
    }
  }
  assert.ok(asked > 50, `only ${asked} lines`);
});

test("JSON holds the same rules with their bits, and graphs their states", () => {
  const text = JSON.stringify(policyToJson(decoded(readStream("deny-7.2"))));
  assert.ok(
    text.includes('{"pattern":"/a","owner":{"letters":"r","allow":"0x244"},"other":{"letters":"","allow":"0x200"}}'),
  );
  assert.ok(text.includes('"transitions":["tgt"]'));
  const { file } = profileOf(readStream("deny-7.2"), "d");
  assert.ok(file !== undefined);
  const graph = renderGraph(file, "file");
  assert.match(graph, /^digraph file \{\n/);
  assert.match(graph, / {2}8 -> 9 \[label="x"\];\n/);
  assert.match(renderGraph(file, "file", { maxStates: 3 }), /style=dashed/);
});

test("stars are shown as the language reads them: behind a slash for one byte or more", () => {
  const features = parseFeatures(readFileSync("tests/corpus/features/debian-kernel-7.2", "utf8")).tree;
  const shown = (rules: string): readonly string[] => {
    const text = `profile t { ${rules} }`;
    const { policy } = compileText(text, { kernelFeatures: features, policyFeatures: features });
    const lines = renderPolicy(policy)
      .split("\n")
      .filter((line) => line.startsWith("  /"));
    return lines.map((line) => line.trim());
  };
  assert.deepEqual(shown("/l/** r, /l/*.so m,"), ["/l/** r,", "/l/*.so rm,"]);
  assert.deepEqual(shown("/a* r, /a w,"), ["/a rw,", "/a* r,"]);
  assert.deepEqual(shown("/o.c r, /o*.c r, /d/*/e w,"), ["/d/*/e w,", "/o*.c r,"]);
  assert.deepEqual(shown('"/a b/[-+]c" r,'), ["/a\\x20b/[-+]c r,"]);
});
