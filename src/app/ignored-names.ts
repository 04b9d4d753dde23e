export { ignoredFileName } from "../language/tables/index.ts";
