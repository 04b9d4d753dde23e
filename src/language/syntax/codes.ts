/** What this module has to say. `spec` is the code of the language's catalogue (policy-language 3.9). */
import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

export const syntaxCodes = {
  "syntax/unexpected-character": {
    severity: "error",
    spec: "lex.char",
    title: "a character stands where no token can start with it",
    help: "Quote the word, or write a backslash before the character.",
  },
  "syntax/not-a-number": {
    severity: "error",
    spec: "lex.jam",
    title: "something else stands where only a number or a name in a fixed set can",
    help: "Write `priority=` with a whole number, and `+ identities=( … )`.",
  },
  "syntax/unclosed-string": {
    severity: "error",
    spec: "lex.char",
    title: "a double quote is opened and not closed",
    help: "Close the quote.",
  },
  "syntax/comment-at-end": {
    severity: "error",
    spec: "lex.char",
    title: "the file ends in a comment without a line end",
    help: "End the last line with a line feed.",
  },
  "syntax/carriage-return": {
    severity: "error",
    spec: "lex.char",
    title: "a carriage return stands where it is not part of a line end",
    help: "Save the file with plain line feeds.",
  },
  "syntax/byte-order-mark": {
    severity: "error",
    spec: "lex.char",
    title: "the file starts with a byte order mark",
    help: "Save the file as UTF-8 without a byte order mark.",
  },
  "syntax/nul-in-word": {
    severity: "warning",
    spec: "",
    title: "a word holds a NUL byte, which ends it for the parser",
    help: "Remove the byte.",
  },
  "syntax/include-without-name": {
    severity: "warning",
    spec: "",
    title: "the file ends behind an include keyword",
    help: "Name the file, or remove the keyword.",
  },
  "syntax/variable-comma": {
    severity: "error",
    spec: "var.comma",
    title: "an assignment holds a comma",
    help: "Separate values by blanks; an assignment ends with its line.",
  },
  "syntax/unexpected": {
    severity: "error",
    spec: "syntax",
    title: "a token stands where the grammar wants another",
    help: "Write what is expected there.",
  },
  "syntax/missing-comma": {
    severity: "error",
    spec: "syntax",
    title: "a rule does not end with a comma",
    help: "End the rule with `,`.",
  },
  "syntax/missing-comma-after-path": {
    severity: "error",
    spec: "file.eol",
    title: "a file rule does not end with a comma before the next one",
    help: "End the rule with `,`.",
  },
  "syntax/glued-brace": {
    severity: "error",
    spec: "syntax",
    title: "a brace is part of the word before it",
    help: "Put a blank before `{`.",
  },
  "syntax/unclosed-body": {
    severity: "error",
    spec: "syntax",
    title: "a body is opened and not closed before the file ends",
    help: "Close it with `}`.",
  },
  "syntax/stray-close": {
    severity: "error",
    spec: "syntax",
    title: "a `}` closes nothing",
    help: "Remove it, or find the `{` that is missing.",
  },
  "syntax/unknown-rule": {
    severity: "error",
    spec: "syntax",
    title: "a rule starts with a word that starts no rule",
    help: "Correct the word; a construct of a later version of the language is kept as it is.",
  },
  "syntax/misplaced": {
    severity: "error",
    spec: "syntax",
    title: "a statement or rule stands where it may not",
    help: "Variables, aliases and the abi go before the first profile, rules inside a profile.",
  },
  "syntax/prefix": {
    severity: "error",
    spec: "syntax",
    title: "a qualifier stands where it may not, or twice, or out of order",
    help: "The order is priority, audit, allow or deny or prompt, owner or other.",
  },
  "syntax/too-deep": {
    severity: "error",
    spec: "syntax.nest",
    title: "too many bodies, parentheses or includes are open at once",
    help: "Nest less.",
  },
  "syntax/too-large": {
    severity: "error",
    spec: "syntax.nest",
    title: "the text has more tokens than can be held",
    help: "Split the file.",
  },
  "syntax/too-many-problems": {
    severity: "error",
    spec: "syntax",
    title: "the text has more problems than are worth telling",
    help: "Correct those that are listed and look again; perhaps the file is no policy at all.",
  },
} as const satisfies Record<string, CodeInfo>;

export type SyntaxCode = keyof typeof syntaxCodes;
