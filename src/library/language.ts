/** `armorer/language`: what policy says: includes, variables and conditionals resolved, the model, features, edits by rule. */
export type * from "../foundation/ports/index.ts";
export * from "../language/edit/index.ts";
export * from "../language/features/index.ts";
export * from "../language/model/index.ts";
export * from "../language/resolve/index.ts";
