/**
 * In: requests to check, compile or print sources, and policy to test. Out: results, from as many threads and caches as are worth it; watching files.
 * Must not know: argv, terminals, HTTP, what a face says of a result.
 */
export { bytesOfUnits, runCached } from "./cached-pool.ts";
export { type CompilePool, type CompileRequest, type CompileResult, compilePool } from "./compile-pool.ts";
export { kernelFeaturesPath, packageDirectory } from "./locations.ts";
export { type TestPool, testPool } from "./test-pool.ts";
export { watchFiles } from "./watch.ts";
