import type { Message } from "../../foundation/diagnostics/index.ts";
import type { Span, TextEdit } from "../../foundation/text/index.ts";
import type { Change } from "../../language/edit/index.ts";
import type { PortCode } from "./codes.ts";
import type { Release } from "./releases.ts";

/** What each part of a text is given to say it in a release's words. */
export interface Porting {
  readonly release: Release;
  readonly text: string;
  readonly isSame: (text: string) => boolean;
  /** What the profile attaches to, as it is written. */
  readonly attachment: string | undefined;
  readonly change: (change: Change) => void;
  readonly edit: (edit: TextEdit) => void;
  readonly report: (code: PortCode, span: Span, message: string | Message) => void;
}
