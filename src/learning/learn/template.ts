/** A profile of the model that says nothing: where rules are tried before any profile has them. */
import { fileId } from "../../foundation/text/index.ts";
import type { Profile } from "../../language/model/index.ts";

export function templateProfile(name: string): Profile {
  return {
    name,
    written: name,
    namespace: undefined,
    attachment: undefined,
    attachmentWritten: false,
    hat: false,
    xattrs: [],
    identities: [],
    flags: {
      mode: "enforce",
      modeWritten: false,
      audit: false,
      debug: false,
      interruptible: false,
      chrootRelative: false,
      namespaceRelative: false,
      mediateDeleted: false,
      delegateDeleted: false,
      attachDisconnected: false,
      noAttachDisconnected: false,
      chrootAttach: false,
      chrootNoAttach: false,
      disconnectedPath: undefined,
      attachDisconnectedIpc: false,
      disconnectedIpcPath: undefined,
      killSignal: undefined,
      error: undefined,
    },
    rules: [],
    children: [],
    origin: { span: { file: fileId(""), start: 0, end: 0 }, includes: [] },
  };
}
