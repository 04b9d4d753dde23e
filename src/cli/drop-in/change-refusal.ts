/** Why a program could not be given a label (tools 6.1), in the words of `aa-exec`. */
import { errnoText } from "../errno-texts.ts";

export function changeRefusal(errno: string, wanted: string, profile: string | undefined): string {
  const what = profile === undefined ? `namespace '${wanted}'` : `profile '${wanted}'`;
  if (errno === "ENOENT") return `${what} does not exist`;
  if (errno === "EACCES" || errno === "EPERM") return `insufficient permissions to change to the ${what}`;
  return errno === "EINVAL" ? "AppArmor interface not available" : errnoText(errno);
}
