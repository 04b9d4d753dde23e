import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test, type TestContext } from "node:test";
import { type PolicyEngine, defaultPolicySettings, loadEngine } from "../../src/app/index.ts";
import { decodePolicy } from "../../src/compiler/policydb/index.ts";
import { nodeFiles } from "../../src/host/index.ts";
import { parseFeatures } from "../../src/language/features/index.ts";
import { aliasedProfiles, type Profile } from "../../src/language/model/index.ts";
import { createResolveSession, resolvePolicy } from "../../src/language/resolve/index.ts";
import { APPARMOR_DIRECTORY, KERNEL_NAMES, type KernelName, openOracle, type Step } from "../../lab/index.ts";
import { dose } from "../support/dose.ts";
import { type Guest, labReady, must, recordText, withGuest } from "../support/lab.ts";
import { findOracle, type Oracle } from "../support/oracle.ts";
import { ACCESS_SCRIPT, type AskedProfile, askKernel } from "../support/query-law.ts";
import { Random } from "../support/random.ts";
import { compileOracleFiles } from "../support/oracle-batch.ts";

/** Profile files of a directory of Debian's policy. */
function profileFiles(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith(".") && !name.startsWith("README"))
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

function compileFor(engine: PolicyEngine, features: string, base: string) {
  const settings = defaultPolicySettings({
    workingDirectory: "/",
    base,
    kernelFeatures: features,
    policyFeatures: { kind: "kernel" },
  });
  const files = nodeFiles();
  return (path: string) => engine.compile({ path, bytes: readFileSync(path) }, settings, files);
}

before(labReady);

interface Compiled {
  readonly path: string;
  readonly policy: Uint8Array;
}

/** The profiles of a policy as the kernel lists them. */
function namesIn(policy: Uint8Array): readonly string[] {
  if (policy.length === 0) return [];
  const decoded = decodePolicy(policy);
  assert.ok(decoded.ok);
  return decoded.value.profiles.map(({ namespace, name }) =>
    namespace === undefined ? name : `:${namespace}:${name}`,
  );
}

/** Every shipped file as we compile it, and the names of its profiles. */
async function compileOurs(
  folders: readonly [base: string, ...rest: readonly string[]],
  features: string,
): Promise<{ readonly policies: readonly Compiled[]; readonly names: ReadonlySet<string> }> {
  const compile = compileFor(await loadEngine(), features, folders[0]);
  const names = new Set<string>();
  const policies = folders.flatMap(profileFiles).map((path): Compiled => {
    const { diagnostics, units } = compile(path);
    const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    assert.deepEqual(errors, [], path);
    const policy = Buffer.concat(units.map(({ bytes }) => bytes));
    for (const name of namesIn(policy)) names.add(name);
    return { path, policy };
  });
  return { policies, names };
}

/** The same files as Debian's parser compiles them. */
function compileTheirs(oracle: Oracle, paths: readonly string[], features: string): readonly Compiled[] {
  const inside = paths.map((path) => `/${path.slice(oracle.root.length).replace(/^\/+/, "")}`);
  const results = compileOracleFiles(oracle, inside, { kernel: features, args: ["-q"] });
  return results.map(({ stream, messages }, index) => {
    assert.ok(stream, `${inside[index]}: ${messages}`);
    return { path: paths[index] ?? "", policy: stream };
  });
}

/** Has the kernel take every policy; gives its list of profiles with their modes, sorted. */
async function loadAll(guest: Guest, policies: readonly Compiled[]): Promise<readonly string[]> {
  const steps = policies
    .filter(({ policy }) => policy.length > 0)
    .map(({ path, policy }): Step => ({ kind: "replace", id: path, policy }));
  assert.ok(steps.length > 250, `only ${steps.length} files`);
  for (const result of await guest.run(...steps)) {
    assert.equal(result.errno, undefined, `${result.id}: ${result.events.map(recordText).join("\n")}`);
  }
  const [list] = await guest.run({ kind: "read", id: "list", path: `${APPARMOR_DIRECTORY}/profiles` });
  return Buffer.from(list?.data ?? [])
    .toString()
    .trimEnd()
    .split("\n")
    .toSorted();
}

/** Every profile of the streams with its text's meaning; of two with one name the kernel has the one loaded last. */
function askedProfiles(policies: readonly Compiled[], base: string, features: string): readonly AskedProfile[] {
  const tree = parseFeatures(features).tree;
  const options = {
    files: nodeFiles(),
    search: [base],
    kernelFeatures: tree,
    session: createResolveSession(nodeFiles()),
  };
  const found = new Map<string, AskedProfile>();
  for (const { path, policy } of policies) {
    if (policy.length === 0) continue;
    const decoded = decodePolicy(policy);
    assert.ok(decoded.ok, path);
    const models = new Map(aliasedProfiles(resolvePolicy({ path }, options).value).flatMap(withChildren));
    for (const compiled of decoded.value.profiles) {
      const model = models.get(compiled.name);
      assert.ok(model !== undefined, `${path}: ${compiled.name}`);
      found.set(`${compiled.namespace ?? ""}:${compiled.name}`, { model, compiled });
    }
  }
  return [...found.values()];
}

function withChildren(profile: Profile): readonly (readonly [string, Profile])[] {
  return [[profile.name, profile], ...profile.children.flatMap(withChildren)];
}

/** Questions for each kernel, by both compilers' policy together. */
const QUERIES = Number(process.env["ARMORER_QUERIES"] ?? dose(300, 600));

/** `compiler`: whose policy is asked; each is asked other questions. */
async function compareAnswers(
  guest: Guest,
  asked: readonly AskedProfile[],
  {
    context,
    kernel,
    compiler,
  }: { readonly context: TestContext; readonly kernel: KernelName; readonly compiler: 0 | 1 },
) {
  const seed = Number(process.env["ARMORER_QUERY_SEED"] ?? "1");
  const random = new Random(1000 * seed + KERNEL_NAMES.indexOf(kernel) + 500 * compiler);
  const report = await askKernel(guest, asked, { count: Math.ceil(QUERIES / 2), random, kernel });
  const { questions, queries, refused, compared, byKind, differences } = report;
  context.diagnostic(
    `${questions} questions, ${queries} queries, ${compared} by rules, ${refused} refused, ${differences.length} differences`,
  );
  context.diagnostic([...byKind].map(([name, count]) => `${name} ${count}`).join(", "));
  for (const difference of differences.slice(0, 20)) context.diagnostic(difference);
  assert.deepEqual(differences.slice(0, 3), []);
  assert.ok(refused > questions / 10 && refused < questions * 0.9, `${refused} of ${questions} refused`);
}

for (const kernel of dose<readonly KernelName[]>(["6.1", "7.2"], KERNEL_NAMES)) {
  test(`kernel ${kernel} has, of all that Debian ships, the same profiles from us as from Debian's parser, and both monitors' answers`, async (context) => {
    const { profiles, extraProfiles } = must(await openOracle("sid"));
    const found = await findOracle();
    if (!found.ok) assert.fail(found.error);
    let features = "";
    let ours: readonly string[] = [];
    let paths: readonly string[] = [];
    const files = [ACCESS_SCRIPT];
    await withGuest({ kernel, files }, async (guest) => {
      features = guest.features;
      const { policies, names } = await compileOurs([profiles, extraProfiles], features);
      paths = policies.map(({ path }) => path);
      ours = await loadAll(guest, policies);
      const loaded = ours.map((line) => line.replace(/ \([a-z_]+\)$/, ""));
      assert.deepEqual(loaded.toSorted(), [...names].toSorted());
      await compareAnswers(guest, askedProfiles(policies, profiles, features), { context, kernel, compiler: 0 });
    });
    await withGuest({ kernel, files }, async (guest) => {
      const theirs = compileTheirs(found.value, paths, features);
      assert.deepEqual(ours, await loadAll(guest, theirs));
      await compareAnswers(guest, askedProfiles(theirs, profiles, features), { context, kernel, compiler: 1 });
    });
  });
}
