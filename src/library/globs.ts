/** Patterns of paths and names: what they match, and why a text is none. */
export {
  type ByteSet,
  type GlobNode,
  type GlobOptions,
  type GlobProblem,
  type GlobReport,
  checkGlob,
  globExpression,
  isExact,
  matches,
  minimalLength,
  parseGlob,
} from "../language/globs/index.ts";
