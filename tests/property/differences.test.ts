/** Rules for a difference of two profiles say the difference, of every class; `npm run differences` holds many more against what 5.0.2 compiles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareProfiles, subtractBoth } from "../../src/analysis/diff/index.ts";
import { isEmpty } from "../../src/analysis/sets/index.ts";
import type { CompiledProfile } from "../../src/compiler/compiled/index.ts";
import { brokenDifferences, brokenRules, differenceText, features } from "../support/diff-law.ts";
import { compileText } from "../support/pipeline.ts";

function profileOf(text: string): CompiledProfile {
  const { policy, errors } = compileText(text, { kernelFeatures: features, policyFeatures: features });
  const [profile] = policy.profiles;
  assert.ok(profile !== undefined && errors.length === 0, `${text}${errors.map(({ message }) => message).join()}`);
  return profile;
}

const compiled = (rules: string): CompiledProfile => profileOf(`profile t {\n${rules}\n}\n`);

/** What is wrong of the rules for both directions, and how many were written. */
function checked(left: string, right: string): { readonly broken: readonly string[]; readonly written: number } {
  const pair = { left: compiled(left), right: compiled(right) };
  const both = subtractBoth(pair.left, pair.right);
  assert.ok(both.ok);
  const broken = [...brokenDifferences(pair, pair)];
  let written = 0;
  for (const side of ["more", "less"] as const) {
    const text = isEmpty(both.value[side]) ? undefined : differenceText(both.value[side]);
    if (text === undefined) continue;
    written += 1;
    broken.push(...brokenRules(profileOf(text), pair, { side, text }));
  }
  return { broken, written };
}

const cases: Readonly<Record<string, readonly [left: string, right: string]>> = {
  "a new root is a path": [
    "pivot_root /m/*, pivot_root, allow pivot_root oldroot=/a,",
    "pivot_root /m/*, allow pivot_root oldroot=/a,",
  ],
  "a set of mount flags of which some are allowed is not denied": [
    `audit deny mount fstype=(f*) /a/** -> /{m,n}/, mount options in (ro, rbind, remount, shared, nodev) {/a,/c}, mount fstype=(tmpfs, f*) options=(nosuid, bind, rbind, remount, move, nodev) options in (ro, nosuid, noexec, remount, shared, rslave), priority=1000 mount options=(ro, bind, remount, move, shared, relatime) -> /m/*, deny mount -> /m, mount options in (bind, rbind, rslave, relatime, nouser) tmpfs, remount options in (ro, rbind, move, make-private, nodev, relatime) /m/*,`,
    `audit deny mount fstype=(f*) /a/** -> /{m,n}/, mount options in (ro, rbind, remount, shared, nodev) {/a,/c}, mount fstype=(tmpfs, f**) options=(nosuid, bind, rbind, remount, move, nodev) options in (ro, nosuid, noexec, remount, shared, rslave), priority=1000 mount options=(ro, bind, remount, move, shared, relatime) -> /m/*, deny mount -> /m, mount options in (bind, rbind, rslave, relatime, nouser) tmpfs, remount options in (ro, rbind, move, make-private, nodev, relatime) /m/*,`,
  ],
  "a mount without a source is not a mount of any source": [
    "deny mount fstype=ext4 detached -> /{m,n}/, deny mount fstype=ext4 options=(bind, nodev) options in (ro, noexec),",
    "deny mount fstype=ext4 detached -> /{m,n}/, mount fstype=ext4 options=(bind, nodev) options in (ro, noexec),",
  ],
  "a remount with flags of propagation is a remount": [
    `mount fstype=(tmpfs) options=(noexec, bind, remount, shared, make-private, relatime, nouser) /b*, deny remount options=(rw, bind, rbind, remount, shared, rslave, make-private, nodev, nouser) options in (nosuid, noexec, rbind, remount, relatime, nouser), priority=1 deny remount /m/**, mount options=(remount, move, make-private, nouser),`,
    `mount fstype=(tmpfs) options=(noexec, bind, remount, shared, make-private, relatime, nouser) /b*, remount options=(rw, bind, rbind, remount, shared, rslave, make-private, nodev, nouser) options in (nosuid, noexec, rbind, remount, relatime, nouser), priority=1 deny remount /m/**, mount options=(remount, move, make-private, nouser),`,
  ],
  "the peer of a unix socket is said where both sides have others": [
    `unix (connect, send, receive) peer=(addr=@a*),`,
    `unix (connect, send, receive) peer=(addr=@b*),`,
  ],
  "a class in the label of a unix peer does not reach over the address": [
    `priority=1000 audit allow unix, unix (receive) peer=(label="{foo,baz}"),`,
    `unix (receive) peer=(label="{foo,baz}"),`,
  ],
  "a unix rule names what its own address ends in": [
    'unix addr="@**x" peer=(label="&foo"), deny unix type=seqpacket addr=auto,',
    "deny unix type=seqpacket addr=auto,",
  ],
  "sockets of AF_UNIX are not asked for by type where they are asked for by address": [
    "allow network raw, deny unix,",
    "deny unix,",
  ],
  "a name of a bus that is empty is a name": [
    'dbus bus="s*", dbus name="org.*", dbus interface="a.*" peer=(name=":1.*"),',
    'dbus bus="s**", dbus name="org.*", dbus interface="a.*" peer=(name=":1.*"),',
  ],
  "an exec that is allowed in one way is denied in none": [
    "owner /a/** w, /** wPx, other /a/b Px,",
    "owner /a/** w, other /a/b Px,",
  ],
  "a denial of writing for owners denies no exec to others": [
    "/** rwPUx, audit owner /ab/** wkm, other /a**b/c{,d}/{a,b*,} rkmPUx,",
    "audit owner /ab/** wkm, other /a**b/c{,d}/{a,b*,} rkmPUx,",
  ],
  "no peer is without a label": [
    `audit ptrace peer="f*", signal (send, receive) set=(kill rtmin+32) peer="**",`,
    `audit ptrace peer="f*",`,
  ],
};

for (const [name, [left, right]] of Object.entries(cases)) {
  test(`rules for a difference say it: ${name}`, () => assert.deepEqual(checked(left, right).broken, []));
}

test("rules are given for what is done with a unix peer", () => {
  const [left, right] = cases["the peer of a unix socket is said where both sides have others"] ?? ["", ""];
  assert.equal(checked(left, right).written, 2);
});

const partsOf = (left: string, right: string): readonly string[] => {
  const found = compareProfiles(compiled(left), compiled(right), {
    old: undefined,
    new: undefined,
    read: () => undefined,
  });
  assert.ok(found.ok);
  return found.value.parts.map(({ part, direction }) => `${part}: ${direction}`);
};

test("rules that name more programs for change_profile take away what others permit, and deny rules give it back", () => {
  const one = "change_profile /usr/bin/cat -> a,";
  const all = `${one} change_profile -> b,`;
  const part = "programs that change_profile rules name";
  assert.deepEqual(partsOf(one, all), [`${part}: stricter`]);
  assert.deepEqual(partsOf(all, `${all} deny change_profile -> c,`), [`${part}: looser`]);
  assert.deepEqual(partsOf("change_profile -> a,", "change_profile -> a, deny change_profile -> c,"), []);
  assert.deepEqual(partsOf("change_profile -> a,", "change_profile -> a, change_profile -> b,"), []);
  assert.deepEqual(partsOf("/a r,", "/a r, change_profile -> a,"), []);
});
