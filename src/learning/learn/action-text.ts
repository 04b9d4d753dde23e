import { unreachable } from "../../foundation/basics/index.ts";
import { printInclude, printProfile, printRule } from "../../language/edit/index.ts";
import type { Action } from "./types.ts";

/** What an action writes, as profile text. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case "add-rule":
    case "replace-rule":
      return printRule(action.rule);
    case "remove-rule":
      return `without ${printRule(action.rule)}`;
    case "add-include":
      return printInclude(action.include);
    case "set-flag":
      return `flags=(${action.flag})`;
    case "add-child":
      return printProfile(action.child);
    case "add-profile":
      return printProfile(action.profile);
    default:
      return unreachable(action);
  }
}
