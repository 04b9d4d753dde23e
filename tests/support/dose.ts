/**
 * How much a test goes through. Random input and recorded input without end hold more the more there is of it; what everybody waits
 * for every day is as much as finds a fault that is there, and `npm run whole` takes the rest.
 */
export function dose<T>(usual: T, whole: T): T {
  return process.env["ARMORER_WHOLE"] === undefined ? usual : whole;
}

/** Every so many-th of a list, from the place on; all of it in a whole run. Tests that go through the same list begin at different places. */
export function sample<T>(list: readonly T[], step: number, place: number): readonly T[] {
  return dose(
    list.filter((_, index) => index % step === place % step),
    list,
  );
}
