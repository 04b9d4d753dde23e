/** What compiled policy decides for one input, as a given kernel reads it, and where two streams decide differently. */
export { leftMatch, type Walked } from "../compiler/compiled/index.ts";
export {
  type Lookup,
  type Finder,
  type TableOptions,
  type TableExecution,
  type PolicyDifference,
  type QueryOptions,
  comparePolicies,
  compareStreams,
  kernelPermissions,
  mediates,
  queryProfile,
} from "../analysis/tables/index.ts";
