import {
  type PackageFile,
  type PackageFinding,
  type PackageForm,
  type Packaged,
  loadEngine,
  loadPackaging,
} from "../../app/index.ts";
import { type Outcome, fail, ok } from "../../foundation/basics/index.ts";
import type { LoadedProfile } from "../../foundation/ports/index.ts";
import { decodeBytes, displayText, encodeBytes } from "../../foundation/text/index.ts";
import { fileRefusalText } from "../errno-texts.ts";
import { type Command, EXIT, type Invocation, choiceError, printJson, usageError } from "./command.ts";
import { paint } from "./paint.ts";
import { policyOptions, policySettings, readInputs } from "./policy-options.ts";
import { DIRECTORY, anyText } from "./value-types.ts";
import { missingIncludes, whereIncludesAre, withOwnBase } from "./where-includes-are.ts";

const FORMS: readonly PackageForm[] = ["debian", "rpm", "systemd", "docker", "podman", "kubernetes", "lxc", "libvirt"];

/** Forms whose files have the package's name. */
const PACKAGED: readonly PackageForm[] = ["debian", "rpm"];

/** deb-control(5), where dpkg takes no other; RPM takes nearly all. */
const PACKAGE_NAMES = { debian: /^[a-z0-9][a-z0-9+.-]+$/, rpm: /^[a-z0-9][a-z0-9+._-]*$/i } as const;

/** Which options are for which forms; all others are for all. */
const ONLY: Readonly<Record<string, readonly PackageForm[]>> = {
  package: PACKAGED,
  unit: ["systemd"],
  "unit-file": ["systemd"],
  image: ["docker", "podman", "kubernetes"],
  profile: FORMS.filter((form) => !PACKAGED.includes(form)),
};

function optionProblem(form: PackageForm, call: Invocation): string | undefined {
  const odd = Object.keys(ONLY).find((key) => call.has(key) && ONLY[key]?.includes(form) === false);
  if (odd !== undefined) return `--${odd} is for ${(ONLY[odd] ?? []).join(", ")}, not for ${form}`;
  const name = call.value("package");
  if (PACKAGED.includes(form) && name === undefined) return "--package NAME is needed: the files are called after it";
  if (name !== undefined && !PACKAGE_NAMES[form === "debian" ? "debian" : "rpm"].test(name))
    return `\`${name}\` is no name of a package`;
  const image = call.value("image");
  if (image !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/.test(image))
    return `\`${image}\` is no name of an image`;
  return undefined;
}

function readUnitFiles({ io, values }: Invocation): Outcome<ReadonlyMap<string, string>, string> {
  const found = new Map<string, string>();
  for (const path of values("unit-file")) {
    const bytes = io.files.read(path, { isOperand: true });
    if (!bytes.ok) return fail(`${path}: ${fileRefusalText(bytes.error)}`);
    found.set(path.slice(path.lastIndexOf("/") + 1), decodeBytes(bytes.value));
  }
  return ok(found);
}

/** What is loaded here, if somebody wants to hear what is not. */
function loadedHere(call: Invocation): Outcome<readonly LoadedProfile[] | undefined, string> {
  if (!call.has("loaded")) return ok(undefined);
  const list = call.io.kernelAt(call.root === undefined ? {} : { root: call.root }).profiles();
  return list.ok
    ? list
    : fail("which profiles are loaded cannot be seen: AppArmor is not running here, or root is needed");
}

type State = "written" | "as-before" | "in-the-way" | "would-be-written" | "refused" | "shown";

interface Placed extends PackageFile {
  readonly state: State;
}

/** Makes directories of a path below one that is there. */
function makeDirectories(base: string, path: string, { io }: Invocation): string | undefined {
  const parts = path.split("/").slice(0, -1);
  for (const at of parts.keys()) {
    const directory = `${base}/${parts.slice(0, at + 1).join("/")}`;
    const status = io.files.status(directory);
    if (status.ok && status.value.kind === "directory") continue;
    if (!status.ok && status.error.errno !== "ENOENT") return `${status.error.path}: ${fileRefusalText(status.error)}`;
    const made = io.files.makeDirectory(directory, 0o755);
    const isThere = !made.ok && made.error.errno === "EEXIST" && io.files.kind(directory) === "directory";
    if (!made.ok && !isThere) return `${made.error.path}: ${fileRefusalText(made.error)}`;
  }
  return undefined;
}

/** What becomes of each file; what is there and is another one is never replaced, and then none is written. */
function place(files: readonly PackageFile[], call: Invocation, refuse: (text: string) => void): readonly Placed[] {
  const base = call.value("output-directory");
  if (base === undefined) return files.map((file) => ({ ...file, state: "shown" }));
  const found = files.map((file): Placed => {
    const there = call.io.files.read(`${base}/${file.path}`);
    if (there.ok) return { ...file, state: decodeBytes(there.value) === file.text ? "as-before" : "in-the-way" };
    if (there.error.errno === "ENOENT") return { ...file, state: "would-be-written" };
    refuse(`${there.error.path}: ${fileRefusalText(there.error)}`);
    return { ...file, state: "refused" };
  });
  const isBlocked = found.some(({ state }) => state === "in-the-way" || state === "refused");
  if (isBlocked || call.has("dry-run")) return found;
  return found.map((one): Placed => {
    if (one.state !== "would-be-written") return one;
    const trouble = makeDirectories(base, one.path, call);
    const written =
      trouble === undefined
        ? call.io.files.write(`${base}/${one.path}`, encodeBytes(one.text), { expected: "absent" })
        : undefined;
    if (written?.ok === true) return { ...one, state: "written" };
    refuse(trouble ?? (written?.ok === false ? `${written.error.path}: ${fileRefusalText(written.error)}` : ""));
    return { ...one, state: "refused" };
  });
}

const WORDS: Readonly<Record<State, string>> = {
  written: "written",
  "as-before": "is there already",
  "in-the-way": "is there already, and is another one",
  "would-be-written": "would be written",
  refused: "could not be written",
  shown: "",
};

function printFinding({ code, line, message, path, severity }: PackageFinding, call: Invocation): void {
  const word = paint(severity, severity);
  call.io.err([displayText(`${path}:${line}: `), word, ` [${code}]: ${displayText(message)}\n`]);
}

function print(placed: readonly Placed[], { errors, findings, texts }: Packaged, call: Invocation): void {
  for (const finding of findings) printFinding(finding, call);
  const [, ...operands] = call.operands;
  const missing = missingIncludes(errors, (file) => texts.find(({ id }) => id === file));
  const hint = missing.length === 0 ? undefined : whereIncludesAre(missing, operands, call);
  if (hint !== undefined) call.io.err(`note: ${hint}\n`);
  const base = call.value("output-directory") ?? "";
  for (const { path, state, text } of placed) {
    if (state === "shown") {
      if (placed.length > 1) call.io.out(`==> ${displayText(path)} <==\n`);
      call.io.verbatim(text);
    } else call.io.out(`${displayText(`${base}/${path}`)}: ${WORDS[state]}\n`);
  }
}

async function run(call: Invocation): Promise<number> {
  const { io } = call;
  const [word = "", ...operands] = call.operands;
  const form = FORMS.find((one) => one === word);
  if (form === undefined) {
    return choiceError(io, "package", call.operands[0], FORMS);
  }
  if (operands.length === 0) return usageError(io, "package", "takes the files of profiles that are shipped");
  const problem = optionProblem(form, call);
  if (problem !== undefined) return usageError(io, "package", problem);
  const settings = policySettings(withOwnBase(call, operands[0] ?? ""));
  if (!settings.ok) return usageError(io, "package", settings.error);
  const refuse = (text: string): number => {
    io.err(`armorer package: ${displayText(text)}\n`);
    return EXIT.bad;
  };
  const { refusals, texts } = readInputs({ ...call, operands });
  for (const refusal of refusals) refuse(refusal);
  const [unitFiles, loaded] = [readUnitFiles(call), loadedHere(call)];
  if (refusals.length > 0) return EXIT.bad;
  if (!unitFiles.ok) return refuse(unitFiles.error);
  if (!loaded.ok) return refuse(loaded.error);
  const wish = {
    form,
    sources: texts,
    packageName: call.value("package") ?? "",
    image: call.value("image") ?? "IMAGE",
    profile: call.value("profile"),
    units: call.values("unit"),
    unitFiles: unitFiles.value,
    loaded: loaded.value,
  };
  const { packProfiles } = await loadPackaging();
  const packaged = packProfiles(wish, { engine: await loadEngine(), settings: settings.value, files: io.files });
  const placed = place(packaged.files, call, refuse);
  const isBad =
    packaged.files.length === 0 || placed.some(({ state }) => state === "in-the-way" || state === "refused");
  if (call.json) {
    const files = placed.map(({ path, state, text }) => ({ path, state, text }));
    printJson(io, "armorer/package/1", {
      form,
      ok: !isBad,
      dryRun: call.has("dry-run"),
      files,
      findings: packaged.findings,
    });
  } else print(placed, packaged, call);
  return isBad ? EXIT.bad : EXIT.fine;
}

export const command: Command = {
  name: "package",
  summary: "write what packages and containers need to ship profiles",
  paths: "all but the first",
  isSlow: true,
  usage: "FORM [OPTION]... FILE...",
  firstOperand: FORMS,
  options: [
    {
      key: "package",
      long: "package",
      short: "p",
      type: anyText("NAME", "the name of a package"),
      about: "debian, rpm: the package that ships FILEs",
    },
    {
      key: "unit",
      long: "unit",
      short: "u",
      type: anyText("UNIT", "a unit, or UNIT=PROFILE"),
      about: "systemd: UNIT or UNIT=PROFILE, such as redis@primary=redis-primary; may be repeated",
    },
    {
      key: "unit-file",
      long: "unit-file",
      type: anyText("FILE", "the name of a file"),
      about: "systemd: compare what this unit starts with what the profile is for; may be repeated",
    },
    {
      key: "profile",
      long: "profile",
      type: anyText("NAME", "the name of a profile"),
      about: "the profile to name, where FILEs have several",
    },
    {
      key: "image",
      long: "image",
      type: anyText("NAME", "the name of an image"),
      about: "docker, podman, kubernetes: the image (IMAGE)",
    },
    {
      key: "output-directory",
      long: "output-directory",
      short: "o",
      type: DIRECTORY,
      about: "write the files below DIR instead of printing them",
    },
    { key: "dry-run", long: "dry-run", about: "say what would be written, and write nothing" },
    { key: "loaded", long: "loaded", about: "warn of profiles that are not loaded here" },
    ...policyOptions.filter(({ key }) => key !== "jobs"),
  ],
  examples: [
    ["armorer package debian -p shop -o . ./shop", "maintainer scripts and the list of installed files"],
    ["armorer package systemd -u redis@one=redis-one ./redis", "an instance under a profile of its own"],
    ["armorer package kubernetes --image nginx ./web", "a pod whose container runs under the profile"],
  ],
  details: `
FORM is debian, rpm, systemd, docker, podman, kubernetes, lxc or libvirt. The usual mistakes are reported on standard error; with an error among them nothing is written. What
is there already is never replaced. Exit status: 0 written or printed, warnings or not; 1 a mistake, or a file in the way; 2 wrong usage.`,
  run,
};
