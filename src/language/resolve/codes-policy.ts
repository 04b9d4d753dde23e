import { error, hint, warning, type ResolveCodeInfo } from "./code-info.ts";

/** Diagnostics about files, variables, names and flags. */
export const policyCodes = {
  "resolve/file-not-found": error(undefined, "a policy file cannot be read", "Correct the name of the file."),
  "resolve/include-not-found": error(
    "include.open",
    "an included file cannot be opened",
    "Correct the name, install the file, or write `include if exists`.",
  ),
  "resolve/include-refused": error(
    undefined,
    "an included file is a device, a pipe or the like, or too large",
    "Name a regular file that contains policy.",
  ),
  "resolve/include-directory": error(
    "include.dir",
    "an included directory contains something that cannot be opened",
    "Remove the dangling link from the directory.",
  ),
  "resolve/include-too-deep": error(
    "syntax.nest",
    "files include each other endlessly",
    "Break the cycle of includes.",
  ),
  "resolve/too-much": error(
    undefined,
    "the policy is too large or too deeply nested once its includes are read",
    "Include less; a cycle of includes may be the cause.",
  ),
  "resolve/pound-include": warning("pound-include", "`#include` is an old spelling", "Write `include` without `#`."),
  "resolve/abi-not-found": error(
    "abi.open",
    "the file of an `abi` line cannot be opened",
    "Correct the name; the files are in `abi/` of the policy directory.",
  ),
  "resolve/abi-unusable": error(
    "abi.find",
    "an `abi` line does not name a feature set",
    "Name a regular file, or give the features of a kernel.",
  ),
  "resolve/abi-already-included": error(
    "abi.cached",
    "the file of an `abi` line was included before",
    "Remove the include of the feature file.",
  ),
  "resolve/abi-differs": warning(
    "abi",
    "a second `abi` line differs from the first, which takes effect",
    "Keep one `abi` line, before the first profile.",
  ),
  "resolve/abi-missing": warning(
    "abi",
    "no `abi` line says which features the policy was written for",
    "Start the file with an `abi` line.",
  ),
  "resolve/alias-variable": warning(
    undefined,
    "aliases are not expanded, so an alias of a variable never applies",
    "Write out the path.",
  ),
  "resolve/alias-repeated": hint(undefined, "an alias is written twice", "Remove one of the two."),
  "resolve/variable-redefined": error(
    "var.redefined",
    "a variable is defined twice",
    "Use `+=` to add values, or `:=` to replace them.",
  ),
  "resolve/variable-append-undefined": error(
    "var.append",
    "values are added to a variable that is undefined or a boolean",
    "Define it with `=` first, or include the file that does.",
  ),
  "resolve/boolean-append": error("var.boolappend", "a value is added to a boolean", "Use `=` or `:=`."),
  "resolve/boolean-value": error(
    "bool.value",
    "a boolean is set to something other than `true` or `false`",
    "Write `true` or `false`.",
  ),
  "resolve/boolean-unset": error(
    "bool.unset",
    "a boolean variable is not defined",
    "Define it before the conditional.",
  ),
  "resolve/condition-variable": error(
    "cond.var",
    "a condition uses a variable that is not defined",
    "Define it before the conditional, or test `defined` first.",
  ),
  "resolve/condition-mixed": error(
    "cond.mixed",
    "a number is compared with something else",
    "Compare numbers with numbers.",
  ),
  "resolve/condition-range": error(
    "cond.range",
    "a number in a comparison is too large",
    "Use a number that fits in 64 bits.",
  ),
  "resolve/defined-boolean": warning(
    undefined,
    "`defined $x` looks for a set variable and is false for every boolean",
    "Ask for `@{x}`.",
  ),
  "resolve/variable-already-set": hint(
    undefined,
    "`?=` changes nothing because the variable is already defined",
    "Remove the line, or use `:=`.",
  ),
  "resolve/variable-frozen": warning(
    undefined,
    "values added after a variable was used have no effect",
    "Move the assignment before the first use.",
  ),
  "resolve/variable-undefined": error(
    "var.undefined",
    "a variable is not defined",
    "Define it, or include the tunables that do.",
  ),
  "resolve/variable-boolean": error(
    "var.notset",
    "a boolean variable is used as a set of values",
    "Use a variable written `@{name}`.",
  ),
  "resolve/variable-name": error(
    "var.badname",
    "the name of a variable is malformed",
    "A name is a letter followed by letters, digits and `_`.",
  ),
  "resolve/variable-recursive": error("var.recursive", "a variable contains itself", "Break the cycle."),
  "resolve/variable-value-undefined": error(
    "var.valueundef",
    "the value of a variable refers to a variable that is not defined",
    "Define it, or correct the value.",
  ),
  "resolve/variable-value-lost": warning(
    undefined,
    "a value cannot be expanded and is dropped together with those after it",
    "Correct the value.",
  ),
  "resolve/variable-too-large": error(undefined, "a variable has too many values", "Use fewer values, or a glob."),
  "resolve/variable-comma": warning(
    "deprecated",
    "a comma inside `@{ }` makes it an alternation, and stops the expansion of the rest",
    "Write `@{a,b}` as `{@{a},@{b}}`, or without the `@`.",
  ),
  "resolve/name-start": error(
    "name.start",
    "a profile without the keyword must start with `/` or a namespace",
    "Write `profile` before the name.",
  ),
  "resolve/name-stacked": error(
    "name.amp",
    "the name of a profile starts with `&`",
    "Remove the `&`; it belongs in targets.",
  ),
  "resolve/name-empty": error("name.empty", "a profile has no name", "Give it a name."),
  "resolve/namespace-empty": error("ns.empty", "a namespace has no name", "Write `:namespace:name`."),
  "resolve/namespace-unterminated": error(
    "ns.unterminated",
    "a namespace does not end with `:`",
    "Write `:namespace:name`.",
  ),
  "resolve/namespace-of-child": warning(
    undefined,
    "a child profile has a namespace of its own",
    "Write it on the parent.",
  ),
  "resolve/namespace-overridden": warning(
    "override",
    "the namespace given to the command replaces the one in the file",
    "Remove one of the two.",
  ),
  "resolve/path-as-name": warning(
    "deprecated",
    "a path is the name of a profile",
    "Give the profile a name and make the path its attachment.",
  ),
  "resolve/path-name-double-slash": warning(
    undefined,
    "a profile named by a path with `//` attaches to the part after it",
    "Give the profile an attachment.",
  ),
  "resolve/attachment-start": error(
    "attach.start",
    "an attachment must start with `/` or a variable",
    "Write an absolute path.",
  ),
  "resolve/group-name": error(
    "group.name",
    "a group of conditions has a name that is not allowed here",
    "Profiles take `xattrs=( )`, rules take `peer=( )`.",
  ),
  "resolve/hat-xattrs": error("hat.xattrs", "hats take no xattrs", "Remove the condition."),
  "resolve/identity-space": error("ident.space", "an identity contains a blank", "Write one identity per word."),
  "resolve/duplicate-profile": error("dup.profile", "a profile is defined twice", "Rename or remove one of the two."),
  "resolve/duplicate-hat": error(
    "dup.hat",
    "a hat or child profile is defined twice",
    "Rename or remove one of the two.",
  ),
  "resolve/duplicate-across-files": warning(
    undefined,
    "two files define the same profile, and the one loaded last takes effect",
    "Keep one of the two.",
  ),
  "resolve/attachment-twice": warning(
    undefined,
    "two profiles attach to the same programs, and the kernel attaches neither",
    "Remove one of the two, or make the attachment of one longer.",
  ),
  "resolve/flag-unknown": error("flag.unknown", "a profile flag is unknown", "Correct the flag."),
  "resolve/flag-conflict": error("flag.conflict", "two flags exclude each other", "Keep one of the two."),
  "resolve/flag-signal": error(
    "flag.signal",
    "`kill.signal` does not name a signal",
    "Use a name such as `kill` or `term`.",
  ),
  "resolve/flag-error": error("flag.error", "`error` does not name an error", "Use a name such as `EACCES`."),
  "resolve/flag-path": error("flag.path", "the path of a flag does not start with `/`", "Write an absolute path."),
} as const satisfies Record<string, ResolveCodeInfo>;
