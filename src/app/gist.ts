/** What a text says but for comments and the like: of the parser nothing more is read in for it than reading a text takes. */
import { decodeBytes, sourceFile } from "../foundation/text/index.ts";
import { gistOf, parse } from "../language/syntax/index.ts";

/** The gist of a text; `undefined` where comments and places may matter. */
export function gistOfBytes(bytes: Uint8Array, path: string): string | undefined {
  return gistOf(parse(sourceFile(path, decodeBytes(bytes))));
}
