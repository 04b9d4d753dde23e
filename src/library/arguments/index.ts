/** Everything that the published modules are made of beside the functions themselves (`scripts/library.mjs`). */
export { guarded, guardedPromise } from "./guarded.ts";
export { jobParameters, jobResults } from "./jobs.ts";
export { appParameters } from "./apps.ts";
export { auditResults, portsResults } from "./port-methods.ts";
export {
  analysisParameters,
  auditParameters,
  automataParameters,
  cachesParameters,
  compiledParameters,
  compiledQuestionsParameters,
  compileParameters,
  decompileParameters,
  learnParameters,
  policydbParameters,
  setsParameters,
} from "./machine.ts";
export {
  diagnosticsParameters,
  editParameters,
  featuresParameters,
  globsParameters,
  languageParameters,
  modelParameters,
  portsParameters,
  syntaxParameters,
  tablesParameters,
  textParameters,
} from "./texts.ts";
