import type { Diagnostic } from "../../foundation/diagnostics/index.ts";
import { diagnostic } from "./problems.ts";
import type { ItemNode } from "./tree.ts";

/** Where a top-level item of a file ends up once the file is included: before the first profile, after it, or in a body. */
export type Place = "preamble" | "profiles" | "body";

/**
 * Whether an item may be in a place. The place of a file's items is the place of its include; after the first profile
 * of the unit it is `profiles`.
 *
 * Errors: gives what is wrong, as a diagnostic; includes and broken items may stand anywhere.
 *
 * @example
 * checkPlace(parse(sourceFile("x", "@{A}=b\n")).items[0], "body").code; // "syntax/misplaced"
 */
export function checkPlace(item: ItemNode, place: Place): Diagnostic | undefined {
  switch (item.kind) {
    case "include":
    case "broken":
      return undefined;
    case "profile":
      if (place !== "body" || item.keyword !== "") return undefined;
      return misplaced(item, "a profile inside a profile needs a keyword", "write `profile` before the name");
    case "abi":
      return place === "profiles" ? misplaced(item, ...late("the abi")) : undefined;
    case "alias":
    case "variable":
    case "boolean": {
      if (place === "preamble") return undefined;
      const what = item.kind === "alias" ? "an alias" : "an assignment";
      if (place === "profiles") return misplaced(item, ...late(what));
      return misplaced(item, `${what} is not allowed inside a profile`, "move it before the first profile");
    }
    case "block":
    case "conditional":
    case "rlimit":
    case "file":
    case "link":
    case "change_profile":
    case "capability":
    case "network":
    case "unix":
    case "dbus":
    case "signal":
    case "ptrace":
    case "mqueue":
    case "io_uring":
    case "userns":
    case "all":
    case "mount":
      return place === "body"
        ? undefined
        : misplaced(item, "a rule is not allowed outside a profile", "put it into the body of a profile", {
            found: item.kind,
          });
  }
}

function late(what: string): readonly [string, string] {
  return [`${what} is not allowed after a profile`, "move it before the first profile"];
}

function misplaced(item: ItemNode, message: string, help: string, facts: Diagnostic["facts"] = {}): Diagnostic {
  return { ...diagnostic("syntax/misplaced", item.span, message, { help }), facts };
}
