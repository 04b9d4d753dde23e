/** Profiles for those who ship them: the texts that a package or a runtime needs, and what is usually wrong with the profiles then. */
import { nearestWord } from "../foundation/basics/index.ts";
import type { Diagnostic } from "../foundation/diagnostics/index.ts";
import type { FilesPort, LoadedProfile } from "../foundation/ports/index.ts";
import {
  type SourceFile,
  decodeBytes,
  displayText,
  lineStarts,
  positionAt,
  sourceFile,
} from "../foundation/text/index.ts";
import { type Profile, lastPart } from "../language/model/index.ts";
import { type IncludeNode, type ProfileNode, parse } from "../language/syntax/index.ts";
import { isDubiousFileName } from "../language/tables/index.ts";
import type { PolicyEngine, PolicySettings, PolicySource } from "./engine.ts";
import {
  type PackageFile,
  type PackageForm,
  type UnitProfile,
  namesProfile,
  packageTexts,
  unitName,
  unitProblem,
} from "./package-texts.ts";
import { attaches } from "./policy-set.ts";

export { type PackageFile, type PackageForm, packageForms } from "./package-texts.ts";

export interface PackageWish {
  readonly form: PackageForm;
  readonly sources: readonly PolicySource[];
  readonly packageName: string;
  readonly image: string;
  /** What a container or a unit runs under, where the files have more than one profile. */
  readonly profile: string | undefined;
  /** `UNIT` or `UNIT=PROFILE`. */
  readonly units: readonly string[];
  /** Unit files by their names: what they start is compared. */
  readonly unitFiles: ReadonlyMap<string, string>;
  /** What is loaded here; `undefined`: it was not asked. */
  readonly loaded: readonly LoadedProfile[] | undefined;
}

/** Something that is wrong with what is to be shipped. */
export interface PackageFinding {
  readonly code: PackageCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly path: string;
  readonly line: number;
}

export const packageCodes = [
  "no-policy",
  "file-name",
  "no-profile",
  "local-include-missing",
  "local-include-required",
  "local-include-name",
  "complain-mode",
  "profile-name",
  "profile-chosen",
  "reserved-name",
  "attaches-outside",
  "unit-name",
  "unit-program",
  "unit-profile",
  "unit-missing",
  "not-loaded",
] as const;
export type PackageCode = (typeof packageCodes)[number];

export interface Packaged {
  readonly files: readonly PackageFile[];
  readonly findings: readonly PackageFinding[];
  /** Why files cannot be compiled. */
  readonly errors: readonly Diagnostic[];
  /** What these point into. */
  readonly texts: readonly SourceFile[];
}

interface Subject {
  readonly source: PolicySource;
  /** Its name where it is installed. */
  readonly name: string;
  readonly profiles: readonly Profile[];
}

type Report = (finding: Omit<PackageFinding, "path" | "line"> & { readonly line?: number }) => void;

/** What a name in a script, a unit and a description of a container may hold, so that it needs no quotes in any of them. */
const PORTABLE = /^[A-Za-z0-9_./+@:-]+$/;

/**
 * The files of a form and what is wrong with them. Where something is an error there are no files: what is shown was tried.
 */
export function packProfiles(
  wish: PackageWish,
  world: { readonly engine: PolicyEngine; readonly settings: PolicySettings; readonly files: FilesPort },
): Packaged {
  const findings: PackageFinding[] = [];
  const reporterOf =
    (path: string): Report =>
    ({ line = 1, ...finding }) => {
      findings.push({ ...finding, path, line });
    };
  const subjects: Subject[] = [];
  const errors: Diagnostic[] = [];
  const texts: SourceFile[] = [];
  for (const source of wish.sources) {
    const report = reporterOf(source.path);
    const { source: checked, value } = world.engine.stages(source, world.settings, world.files).resolve();
    const tried = checked.diagnostics.some(isError)
      ? checked
      : world.engine.verify(source, world.settings, world.files);
    const wrong = tried.diagnostics.find(isError);
    if (wrong !== undefined) {
      errors.push(...tried.diagnostics.filter(isError));
      texts.push(...tried.texts);
      const message = `it cannot be compiled: ${wrong.message}`;
      report({ code: "no-policy", severity: "error", message, ...lineIn(source.path, wrong, tried.texts) });
      continue;
    }
    const subject = {
      source,
      name: source.path.slice(source.path.lastIndexOf("/") + 1),
      profiles: value.value.profiles,
    };
    subjects.push(subject);
    checkFile(subject, report);
    if (wish.loaded !== undefined) checkLoaded(subject, wish.loaded, report);
  }
  for (const [at, { name, source }] of subjects.entries()) {
    const before = subjects.slice(0, at).find((one) => one.name === name);
    if (before === undefined) continue;
    const message = `${displayText(before.source.path)} would be installed as \`${displayText(name)}\`, too`;
    reporterOf(source.path)({ code: "file-name", severity: "error", message });
  }
  const first = reporterOf(wish.sources[0]?.path ?? "");
  const profiles = subjects.flatMap((one) => one.profiles);
  const profile = namesProfile(wish.form) ? chosenProfile(wish, profiles, first) : "";
  if (namesProfile(wish.form)) checkContainer(wish.form, profiles, profile, first);
  const units = wish.form === "systemd" ? unitProfiles(wish, profiles, first) : [];
  const isBroken = findings.some(({ severity }) => severity === "error");
  const packed = {
    packageName: wish.packageName,
    files: subjects.map(({ name }) => name),
    profile,
    units,
    image: wish.image,
  };
  return { files: isBroken ? [] : packageTexts(wish.form, packed), findings, errors, texts };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** The line of a file in which something is wrong, or the one that brings it in. */
function lineIn(path: string, { also, at }: Diagnostic, texts: readonly SourceFile[]): { readonly line?: number } {
  const text = texts.find((one) => one.path === path);
  const place = [at, ...also].find(({ span }) => span.file === text?.id);
  return text === undefined || place === undefined
    ? {}
    : { line: positionAt(lineStarts(text.text), place.span.start).line };
}

/** What is wrong wherever the file goes. */
function checkFile({ name, profiles, source }: Subject, report: Report): void {
  if (isDubiousFileName(name) || !PORTABLE.test(name)) {
    const why = PORTABLE.test(name) ? "tools of AppArmor pass over such files" : "scripts would need quotes for it";
    report({
      code: "file-name",
      severity: "error",
      message: `\`${displayText(name)}\` is no name for a file of profiles: ${why}`,
    });
  }
  if (profiles.length === 0) report({ code: "no-profile", severity: "error", message: "it has no profile" });
  const { items } = parse(sourceFile(source.path, decodeBytes(source.bytes)));
  const lines = lineStarts(decodeBytes(source.bytes));
  const nodes = items.filter((item): item is ProfileNode => item.kind === "profile");
  checkLocalIncludes(nodes, name, (finding, at) => {
    report({ ...finding, line: positionAt(lines, at).line });
  });
  for (const { flags, name: called } of profiles) {
    if (flags.mode !== "complain") continue;
    const message = `\`${displayText(called)}\` only complains: whoever installs it is not protected`;
    report({ code: "complain-mode", severity: "warning", message });
  }
}

type ReportAt = (finding: Pick<PackageFinding, "code" | "severity" | "message">, at: number) => void;

/** An administrator's own rules go into a file of the same name, which a package must not need. Of several profiles one may be enough. */
function checkLocalIncludes(profiles: readonly ProfileNode[], file: string, report: ReportAt): void {
  const [first] = profiles;
  const includes = profiles.flatMap(({ items }) => items.filter((one): one is IncludeNode => one.kind === "include"));
  const own = includes.filter(({ path }) => /^(?:\/etc\/apparmor\.d\/)?local\//.test(path.value));
  if (own.length === 0 && first !== undefined) {
    const message = `there is no \`include if exists <local/${file}>\` in a profile: an administrator's own rules would be lost with the next upgrade`;
    report({ code: "local-include-missing", severity: "warning", message }, first.span.start);
  }
  for (const { ifExists, path, span: at } of own) {
    if (!ifExists) {
      const message = `\`local/\` is included without \`if exists\`: where the file is missing, the profile cannot be loaded`;
      report({ code: "local-include-required", severity: "warning", message }, at.start);
    }
    const base = path.value.replace(/^.*local\//, "");
    if (base !== file && own.length === 1) {
      const message = `the local file is called ${displayText(base)}, and packages make one called ${file}`;
      report({ code: "local-include-name", severity: "warning", message }, at.start);
    }
  }
}

function checkLoaded({ profiles }: Subject, loaded: readonly LoadedProfile[], report: Report): void {
  for (const { name } of profiles) {
    if (loaded.some((one) => one.name === name)) continue;
    report({ code: "not-loaded", severity: "warning", message: `\`${displayText(name)}\` is not loaded here` });
  }
}

/** Why a name that is there means something else to whoever is given it. */
function misreading({ name, namespace }: Profile): string | undefined {
  const shown = `\`${displayText(name)}\``;
  if (namespace !== undefined)
    return `${shown} is in the namespace \`${displayText(namespace)}\`, and what starts programs looks outside of it`;
  if (name.startsWith("-")) return `${shown} begins with a dash: systemd would start the program without the profile`;
  if (name === "unconfined") return `${shown} means no profile, whatever is loaded`;
  if (PORTABLE.test(name)) return undefined;
  return `${shown} would need quotes wherever it is named; a plain name for the profile needs none`;
}

/** A profile of the files by its name; an error where there is none. */
function named(word: string, profiles: readonly Profile[], report: Report): string {
  const found = profiles.find(({ name }) => name === word);
  if (found === undefined) {
    const names = profiles.map(({ name }) => name);
    const near = nearestWord(word, names) ?? (names.length === 1 ? names[0] : undefined);
    const hint = near === undefined ? "" : `; \`${displayText(near)}\` is there`;
    const message = `no file has a profile \`${displayText(word)}\`${hint}`;
    report({ code: "profile-name", severity: "error", message });
    return word;
  }
  const message = misreading(found);
  if (message !== undefined) report({ code: "profile-name", severity: "error", message });
  return word;
}

function chosenProfile({ profile }: PackageWish, profiles: readonly Profile[], report: Report): string {
  if (profile !== undefined) return named(profile, profiles, report);
  const [only, ...more] = profiles;
  if (only !== undefined && more.length === 0) return named(only.name, profiles, report);
  if (only !== undefined) {
    const names = profiles.map(({ name }) => `\`${displayText(name)}\``).join(", ");
    report({
      code: "profile-chosen",
      severity: "error",
      message: `there are several profiles, ${names}: choose one with --profile`,
    });
  }
  return "";
}

/** Names that runtimes give their own profiles, which they load over yours. */
const RESERVED =
  /^(?:docker-default|containers-default-.*|cri-containerd\.apparmor\.d|crio-default.*|lxc-container-default.*|libvirt-.*)$/;

/** Words of `lxc.apparmor.profile` (lxc.container.conf(5)) that name no profile. */
const LXC_WORDS: ReadonlySet<string> = new Set(["generated", "unchanged"]);

function checkContainer(form: PackageForm, profiles: readonly Profile[], chosen: string, report: Report): void {
  const profile = profiles.find(({ name }) => name === chosen);
  if (profile === undefined) return;
  if (RESERVED.test(chosen)) {
    const message = `\`${chosen}\` is a name of a runtime's own, which loads another profile over yours`;
    report({ code: "reserved-name", severity: "error", message });
  }
  if (form === "lxc" && LXC_WORDS.has(chosen)) {
    const message = `\`${chosen}\` is a word of LXC's own, and means no profile of yours`;
    report({ code: "reserved-name", severity: "error", message });
  }
  if (profile.attachment === undefined && !chosen.startsWith("/")) return;
  const message = `\`${chosen}\` attaches to ${displayText(profile.attachment?.written ?? chosen)} outside of containers as well; a name alone does not`;
  report({ code: "attaches-outside", severity: "warning", message });
}

function unitProfiles(wish: PackageWish, profiles: readonly Profile[], report: Report): readonly UnitProfile[] {
  // A unit that is there has its file's name.
  const units = wish.units.length > 0 ? wish.units : [...wish.unitFiles.keys()];
  if (units.length === 0) {
    report({
      code: "unit-missing",
      severity: "error",
      message: "name the unit with --unit UNIT, or --unit UNIT=PROFILE",
    });
  }
  const pairs = new Map<string, UnitProfile>();
  for (const word of units) {
    const [, before = word, after] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    const unit = unitName(before);
    const wrong = unitProblem(unit);
    if (wrong !== undefined) report({ code: "unit-name", severity: "error", message: wrong });
    const profile =
      after === undefined ? chosenProfile(wish, profiles, report) : unitProfile(unit, after, profiles, report);
    const other = pairs.get(unit);
    pairs.set(unit, { unit, profile });
    if (other === undefined) checkProgram({ unit, profile }, wish, profiles, report);
    else if (other.profile !== profile) {
      const message = `${unit} is given two profiles, \`${displayText(other.profile)}\` and \`${displayText(profile)}\``;
      report({ code: "unit-name", severity: "error", message });
    }
  }
  return [...pairs.values()];
}

/** Of a template the profile may have the instance in its name. */
function unitProfile(unit: string, word: string, profiles: readonly Profile[], report: Report): string {
  const [, instance] = /@(.*)\.[a-z]+$/.exec(unit) ?? [];
  if (!/%[iI]/.test(word)) return named(word, profiles, report);
  if (instance === undefined) {
    report({ code: "unit-name", severity: "error", message: `${unit} has no instances, and %i stands for nothing` });
  } else if (instance !== "") named(word.replaceAll(/%[iI]/g, instance), profiles, report);
  else {
    const [before = "", behind = ""] = word.split(/%[iI]/);
    const isAny = profiles.some(
      ({ name }) => name.startsWith(before) && name.endsWith(behind) && name.length > word.length - 2,
    );
    if (!isAny)
      report({
        code: "profile-name",
        severity: "error",
        message: `no file has a profile whose name fits \`${displayText(word)}\``,
      });
  }
  return word;
}

/** What the unit starts, compared with what the profile is made for. */
function checkProgram(pair: UnitProfile, wish: PackageWish, profiles: readonly Profile[], report: Report): void {
  const template = pair.unit.replace(/@.*(\.[a-z]+)$/, "@$1");
  const text = wish.unitFiles.get(pair.unit) ?? wish.unitFiles.get(template);
  const profile = profiles.find(({ name }) => name === pair.profile);
  if (text === undefined || profile === undefined) return;
  const [, instance = "%i"] = /@(.+)\.[a-z]+$/.exec(pair.unit) ?? [];
  const own = [...text.matchAll(/^AppArmorProfile=[ \t]*-?([^\s#]+)/gm)].at(-1)?.[1]?.replaceAll(/%[iI]/g, instance);
  if (own !== undefined && own !== pair.profile) {
    const message = `${pair.unit} names the profile \`${displayText(own)}\`, and the drop-in puts \`${displayText(pair.profile)}\` in its place`;
    report({ code: "unit-profile", severity: "warning", message });
  }
  const programs = [...text.matchAll(/^ExecStart=[@:+!|-]*(\S+)/gm)].flatMap(([, program]) => program ?? []);
  const pattern = profile.attachment?.text ?? lastPart(profile.name);
  if (!pattern.startsWith("/")) return;
  for (const program of programs.filter((one) => one.startsWith("/") && !attaches(pattern, one))) {
    const message = `${pair.unit} starts ${displayText(program)}, and \`${displayText(profile.name)}\` is for ${displayText(pattern)}`;
    report({ code: "unit-program", severity: "warning", message });
  }
}
