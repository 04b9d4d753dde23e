import type { FileTrouble } from "./files.ts";

const MIB = 1024 * 1024;

function sizeText(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

/** Why a file was not read or written, in the manner of the texts of errnos. */
export function troubleText(trouble: FileTrouble): string {
  switch (trouble.kind) {
    case "special":
      return `Is a ${trouble.is}`;
    case "too-large":
      return `Is larger than ${sizeText(trouble.mostBytes)}`;
    case "too-many-entries":
      return `Holds more than ${trouble.most} entries`;
    case "too-deep":
      return `Holds directories more than ${trouble.most} deep`;
    case "grew":
      return "Grew while it was read";
    case "changed":
      return trouble.kept === undefined
        ? "Was changed by somebody else meanwhile and was left as it is now"
        : `Was changed by somebody else meanwhile and was left as it is now; what was to be written is in ${trouble.kept}`;
    case "foreign-link":
      return `${trouble.link} is a symbolic link that another user controls, and is not followed`;
    case "attributes":
      return `Its access lists and extended attributes cannot be kept: ${trouble.why}`;
    case "privileged":
      return "Is set-user-ID or set-group-ID, and such a file is not replaced";
    case "unheld-directory":
      return "Is in a directory that others may change, which needs /proc to be written to safely";
    case "not-in-repository":
      return "Was there at that revision, but the git repository does not have its content";
    case "unconfirmed":
      return "Was written, but the disk does not confirm it";
  }
}
