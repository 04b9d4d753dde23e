import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Outcome } from "../src/foundation/basics/index.ts";
import { packageTree, type Suite } from "./apt.ts";
import { cached } from "./cache.ts";
import type { LabProblem } from "./problem.ts";

/** The kernels of the lab, by the series they belong to. */
export const KERNEL_NAMES = ["6.1", "6.12", "7.2"] as const;
export type KernelName = (typeof KERNEL_NAMES)[number];

interface KernelSource {
  readonly suite: Suite;
  readonly package: RegExp;
  /** Directories of the package that may hold the image: packages of Debian 14 moved it below the modules. */
  readonly places: readonly string[];
}

const SOURCES: { readonly [K in KernelName]: KernelSource } = {
  "6.1": { suite: "bookworm", package: /^linux-image-6\.1\.\d[^-]*-\d+-cloud-amd64$/, places: ["boot"] },
  "6.12": { suite: "trixie", package: /^linux-image-6\.12\.\d\S*-cloud-amd64$/, places: ["boot"] },
  "7.2": { suite: "sid", package: /^linux-binary-7\.2\.\d\S*-cloud-amd64$/, places: ["boot", "usr/lib/modules"] },
};

/** A kernel that can be booted. */
export interface Kernel {
  readonly name: KernelName;
  readonly image: string;
  /** The Debian package file it came from. */
  readonly package: string;
}

/** Finds `vmlinuz…` directly in `directory` or one level below it. */
function findImage(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const entries = readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const file = entries.find((entry) => entry.isFile() && entry.name.startsWith("vmlinuz"));
  if (file !== undefined) return join(directory, file.name);
  for (const entry of entries) {
    const inner = entry.isDirectory() ? join(directory, entry.name) : undefined;
    const name = inner === undefined ? undefined : readdirSync(inner).find((child) => child.startsWith("vmlinuz"));
    if (inner !== undefined && name !== undefined) return join(inner, name);
  }
  return undefined;
}

/** Brings a kernel of the series into the cache: the newest its suite has when it is first asked for. */
export async function fetchKernel(name: KernelName): Promise<Outcome<Kernel, LabProblem>> {
  const source = SOURCES[name];
  const made = await cached(`kernels/${name}`, async (directory) => {
    const tree = await packageTree({
      suite: source.suite,
      names: [source.package],
      closure: false,
      label: `kernel-${name}`,
    });
    if (!tree.ok) return tree;
    const image = source.places.map((place) => findImage(join(tree.value, place))).find((path) => path !== undefined);
    if (image === undefined) return fail({ kind: "no-package", suite: source.suite, wanted: "with a kernel image" });
    mkdirSync(directory, { recursive: true });
    copyFileSync(image, join(directory, "vmlinuz"));
    writeFileSync(join(directory, "package"), readFileSync(join(tree.value, ".packages")));
    // The modules are not needed: what the lab uses is built in.
    rmSync(tree.value, { recursive: true, force: true });
    return ok(undefined);
  });
  if (!made.ok) return made;
  const packageFile = readFileSync(join(made.value, "package"), "utf8").trim();
  return ok({ name, image: join(made.value, "vmlinuz"), package: packageFile });
}
