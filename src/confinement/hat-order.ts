/** The hats of a request, in the order in which mod_apparmor tries them (confinement-api 9.1). */
import { decodeBytes } from "../foundation/text/index.ts";

/** What hats are chosen by. */
export interface HatSite {
  /** The name of the host as it is configured, not as a client says it. */
  readonly serverName: string;
  /** mod_apparmor's `AADefaultHatName`: tried in place of the name of the host. */
  readonly defaultHat?: string;
  /** mod_apparmor's `AAHatName`, by path: that of the longest one which the request's path is, or is below. */
  readonly hats?: Readonly<Record<string, string>>;
}

/** More would not fit into one command of the kernel's beside the others. */
const MOST_NAME_BYTES = 1000;

/**
 * The path that a target of a request stands for, as servers read it: without query, unescaped, without `.`, `..` and doubled slashes.
 * Nothing where it stands for none: a slash or a NUL that is escaped, an escape that is none, a way above the root.
 *
 * Errors: none.
 */
export function requestPath(target: string): string | undefined {
  const written = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  if (written !== "" && !written.startsWith("/")) return undefined;
  if (/%(?![0-9a-f]{2})|%00|%2f/i.test(written)) return undefined;
  const bytes = Buffer.from(
    written.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    "latin1",
  );
  const parts: string[] = [];
  for (const part of decodeBytes(bytes).split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  const isDirectory = /(?:^|\/)\.{0,2}$/.test(written);
  return `/${parts.join("/")}${isDirectory && parts.length > 0 ? "/" : ""}`;
}

/** The hat of the longest path that this one is, or is below. */
function hatOfPath(hats: Readonly<Record<string, string>>, path: string): string | undefined {
  const below = Object.keys(hats).filter((one) => path === one || path.startsWith(one.endsWith("/") ? one : `${one}/`));
  const longest = below.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : hats[longest];
}

/**
 * The names of hats that are tried for a request, first to last: that of the path, the host's default or else its name, the host's name and
 * the path, the path, `DEFAULT_URI`. A path that is too long for a name is left out.
 *
 * Errors: none.
 *
 * @example
 * hatOrder({ serverName: "www.example.com" }, "/app/x.cgi");
 * // ["www.example.com", "www.example.com-/app/x.cgi", "/app/x.cgi", "DEFAULT_URI"]
 */
export function hatOrder(site: HatSite, path: string): readonly string[] {
  const { serverName, defaultHat = serverName, hats = {} } = site;
  const configured = hatOfPath(hats, path);
  return [
    ...(configured === undefined ? [] : [configured]),
    defaultHat,
    `${serverName}-${path}`,
    path,
    "DEFAULT_URI",
  ].filter((name) => Buffer.byteLength(name) <= MOST_NAME_BYTES);
}
