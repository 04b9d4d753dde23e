/**
 * In: files of expectations, sets of accesses. Out: tests as data, whether each holds, and mutants of profiles that a good suite notices.
 * Must not know: where policy and suites are, how results are printed.
 */
export { type Counterexample, counterexample, holds } from "./decide.ts";
export { mutantsOf } from "./mutants.ts";
export { type Expectation, type ExpectationTest, isSelected, parseSuite } from "./parse.ts";
