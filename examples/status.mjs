// What is loaded on this machine, and what is confined. Without AppArmor, or without the right, it says so.
import { countModes, readStatus, refusalText } from "armorer";
import { nodeKernel, nodeProcesses } from "armorer/host";

const { enabled, profiles, refusal } = readStatus(nodeKernel(), nodeProcesses());
console.log(enabled === true ? "AppArmor is on" : "AppArmor is not on");
if (refusal === undefined) console.log(Object.fromEntries(countModes(profiles)));
else console.log(refusalText(refusal));
