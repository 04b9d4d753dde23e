import type { TestContext } from "node:test";

/** Counts the bytes that are joined from now on, until the count is asked for: who joins all of a stream with every piece of it takes time by its square. */
export function countJoined(context: TestContext): () => number {
  const whole = Object.getOwnPropertyDescriptor(Buffer, "concat");
  const concat = Buffer.concat.bind(Buffer);
  let joined = 0;
  Buffer.concat = (list, length) => {
    const made = concat(list, length);
    joined += made.length;
    return made;
  };
  const end = (): number => {
    if (whole !== undefined) Object.defineProperty(Buffer, "concat", whole);
    return joined;
  };
  context.after(end);
  return end;
}
