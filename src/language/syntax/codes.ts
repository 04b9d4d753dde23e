/** Every diagnostic of this module. `spec` is the code of the language's catalogue (policy-language 3.9). */
import type { CodeInfo } from "../../foundation/diagnostics/index.ts";

export const syntaxCodes = {
  "syntax/unexpected-character": {
    severity: "error",
    spec: "lex.char",
    title: "no token can start with this character",
    help: "Quote the word, or escape the character with a backslash.",
  },
  "syntax/not-a-number": {
    severity: "error",
    spec: "lex.jam",
    title: "a number or keyword is expected, and something else is there",
    help: "Write `priority=` with a whole number, and `+ identities=( … )`.",
  },
  "syntax/unclosed-string": {
    severity: "error",
    spec: "lex.char",
    title: "a double quote is not closed",
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
    title: "a carriage return is not part of a line end",
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
    title: "a word contains a NUL byte, where the parser ends it",
    help: "Remove the byte.",
  },
  "syntax/include-without-name": {
    severity: "warning",
    spec: "",
    title: "the file ends after an include keyword",
    help: "Name the file, or remove the keyword.",
  },
  "syntax/variable-comma": {
    severity: "error",
    spec: "var.comma",
    title: "an assignment contains a comma",
    help: "Separate values with blanks; an assignment ends at the end of its line.",
  },
  "syntax/unexpected": {
    severity: "error",
    spec: "syntax",
    title: "the grammar does not allow this token here",
    help: "Write what the message expects.",
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
    title: "a body is not closed before the file ends",
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
    title: "no rule starts with this word",
    help: "Correct the word; syntax of a later version of the language is preserved unchanged.",
  },
  "syntax/misplaced": {
    severity: "error",
    spec: "syntax",
    title: "a statement or rule is in the wrong place",
    help: "Variables, aliases and the `abi` line go before the first profile, rules inside a profile.",
  },
  "syntax/prefix": {
    severity: "error",
    spec: "syntax",
    title: "a qualifier is repeated, out of order or not allowed here",
    help: "The order is `priority`, `audit`, then `allow`, `deny` or `prompt`, then `owner` or `other`.",
  },
  "syntax/look-alike": {
    severity: "error",
    spec: "lex.char",
    title: "a character that looks like another, or like nothing, is in the way",
    help: "Replace it by the character it looks like, or remove it.",
  },
  "syntax/hidden-character": {
    severity: "warning",
    spec: "",
    title: "a word contains a character that cannot be told from another, or cannot be seen",
    help: "Remove the character unless it is meant.",
  },
  "syntax/unquoted-blank": {
    severity: "error",
    spec: "syntax",
    title: "a path contains a blank and is not quoted",
    help: "Put the path in double quotes.",
  },
  "syntax/unclosed-name": {
    severity: "error",
    spec: "lex.char",
    title: "the name of a file is not closed",
    help: "End the name with `>`.",
  },
  "syntax/bare-list": {
    severity: "error",
    spec: "syntax",
    title: "several permissions are not in parentheses",
    help: "Write `(send, receive)`.",
  },
  "syntax/bare-values": {
    severity: "error",
    spec: "syntax",
    title: "several values of a condition, or the one after `in`, are not in parentheses",
    help: "Write `fstype in (ext4, xfs)`.",
  },
  "syntax/comma-in-list": {
    severity: "error",
    spec: "syntax",
    title: "a list of capabilities contains commas",
    help: "Separate capabilities by blanks.",
  },
  "syntax/relative-path": {
    severity: "error",
    spec: "syntax",
    title: "a relative path where only an absolute one may be",
    help: "Start the path with `/`.",
  },
  "syntax/semicolon": {
    severity: "error",
    spec: "syntax",
    title: "a rule ends with a semicolon",
    help: "End the rule with `,`.",
  },
  "syntax/not-policy": {
    severity: "error",
    spec: "syntax",
    title: "the text is something else than policy",
    help: "Name a profile; render a template first.",
  },
  "syntax/too-deep": {
    severity: "error",
    spec: "syntax.nest",
    title: "too many bodies, parentheses or includes are open at once",
    help: "Reduce the nesting.",
  },
  "syntax/too-large": {
    severity: "error",
    spec: "syntax.nest",
    title: "the text has too many tokens",
    help: "Split the file.",
  },
  "syntax/too-many-problems": {
    severity: "error",
    spec: "syntax",
    title: "the text has too many problems to list",
    help: "Correct those that are listed and check again; perhaps the file is not policy at all.",
  },
} as const satisfies Record<string, CodeInfo>;

export type SyntaxCode = keyof typeof syntaxCodes;
