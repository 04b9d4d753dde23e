/** The library's files in memory, under the name that tests know them by. */
export { type MemoryFiles as MemoryStore, memoryFiles as memoryStore } from "../../src/foundation/ports/index.ts";
