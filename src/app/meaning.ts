/** What policy means: the use cases behind `query`, `explain` and `test`, loaded together when one of them is called. */
export { explainEvent, explainLine, explainRule } from "./explain-policy.ts";
export { openRules, openWorld, policyReader } from "./meaning-world.ts";
export { queryPolicy } from "./query-policy.ts";
export { loggedSuite, starterSuite } from "./starter-suite.ts";
export { createTester, runSuites, testPolicy } from "./testing.ts";
