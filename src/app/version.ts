/** The version of what is compiled: part of every cache key. Changes whenever the same text may give other bytes. */
export const COMPILER_VERSION = "armorer 0.1.0 policy 1";
