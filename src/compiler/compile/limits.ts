/** What a profile record can hold at most (kernel-abi 1): texts and arrays have their lengths in 16 bits. */
import { encodeBytes } from "../../foundation/text/index.ts";
import type { Origin } from "../../language/model/index.ts";
import type { CompiledPermissions, CompiledProfile } from "../compiled/index.ts";
import type { Emission, RuleContext } from "./context.ts";

/** Bytes of a text; a NUL follows it. */
const MOST_BYTES = 65_534;
/** Elements of an array. */
const MOST_ELEMENTS = 65_535;
/** Bytes a UTF-16 unit may become. */
const BYTES_A_UNIT = 3;

type Texts = Pick<CompiledProfile, "name" | "namespace" | "disconnected" | "disconnectedIpc" | "identities" | "xattrs">;

/** Whether all texts of a profile can be written; those that cannot are reported. */
export function fitsTexts(texts: Texts, context: RuleContext): boolean {
  const { origin, xattrs } = context.profile;
  const { identities = [], xattrs: names = [] } = texts;
  const originOfXattr = (name: string): Origin => {
    const span = xattrs.find((condition) => condition.name === name)?.at;
    return span === undefined ? origin : { span, includes: [] };
  };
  const said = [
    fitsText("the name of the profile", texts.name, origin, context),
    fitsText("the namespace of the profile", texts.namespace, origin, context),
    fitsText("the path of `attach_disconnected.path`", texts.disconnected, origin, context),
    fitsText("the path of `attach_disconnected.ipc`", texts.disconnectedIpc, origin, context),
    fitsCount("identities", identities.length, context),
    fitsCount("extended attributes", names.length, context),
    ...identities.map((text) => fitsText("an identity", text, origin, context)),
    ...names.map((text) => fitsText("the name of an extended attribute", text, () => originOfXattr(text), context)),
  ];
  return said.every(Boolean);
}

/** Whether the tables beside an automaton can be written; what cannot has been reported. `targets` are those of exec. */
export function fitsTables(
  permissions: CompiledPermissions,
  targets: readonly string[],
  context: RuleContext,
  emissions: readonly Emission[],
): boolean {
  const entries = permissions.kind === "table" ? permissions.entries.length : 0;
  const said = [
    fitsCount("exec targets", targets.length, context),
    fitsCount("different permissions", entries, context),
    ...targets.map((text) =>
      fitsText("the name of an exec target", text, () => originOf(text, emissions, context), context),
    ),
  ];
  return said.every(Boolean);
}

/** The rule that names a target. */
function originOf(target: string, emissions: readonly Emission[], { execTypes, profile }: RuleContext): Origin {
  const found = emissions.find(({ exec }) => exec !== undefined && execTypes.get(exec).name === target);
  return found?.origin ?? profile.origin;
}

function fitsText(what: string, text: string | undefined, at: Origin | (() => Origin), context: RuleContext): boolean {
  if (text === undefined || BYTES_A_UNIT * text.length <= MOST_BYTES) return true;
  const { length } = encodeBytes(text);
  if (length <= MOST_BYTES) return true;
  context.report(
    "compile/text-too-long",
    typeof at === "function" ? at() : at,
    `${what} has ${length} bytes, but the kernel's format can hold only ${MOST_BYTES}`,
  );
  return false;
}

function fitsCount(what: string, count: number, context: RuleContext): boolean {
  if (count <= MOST_ELEMENTS) return true;
  context.report(
    "compile/too-many-elements",
    context.profile.origin,
    `the profile has ${count} ${what}, but the kernel's format can hold only ${MOST_ELEMENTS}`,
  );
  return false;
}
