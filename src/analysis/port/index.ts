/**
 * In: the tree of one file, and a release of apparmor_parser. Out: the text as that release reads it, and what is lost on the way.
 * Must not know: other files, what rules compile to, argv.
 */
export { portCodes } from "./codes.ts";
export { portText } from "./port.ts";
export { type Release, abiOf } from "./releases.ts";
