/**
 * Thrown where the world refuses in the middle of something that cannot give a value any more: output that is not taken, a stream
 * that breaks off. Only `main` catches it; a refusal that can be met where it happens is a value (`Outcome`).
 */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly action: "read" | "write";
  /** A path, or what a stream is called. */
  readonly path: string;
  /** The name of an errno. */
  readonly errno: string;

  constructor(action: "read" | "write", path: string, errno: string) {
    super(`cannot ${action} ${path}: ${errno}`);
    this.action = action;
    this.path = path;
    this.errno = errno;
  }
}
