/** `network` for kernels before network v8: of each family the types that are allowed, logged and kept quiet about (kernel-abi 3.11). */
import { familyName, networkTypes, socketTypes } from "../../../language/tables/index.ts";
import type { ClassRule, ClassRules } from "../class-rules.ts";
import { ALLOW, AUDIT, DENY } from "../layers.ts";

/** What a rule without family and type says, and one of a family alone (compile-semantics 3.7). */
const ANY_TYPE = 0xffff;
const bits = networkTypes.map((name) => [name, 1 << (socketTypes.get(name) ?? 0)] as const);
const EVERY_TYPE = bits.reduce((sum, [, bit]) => sum | bit, 0);
const AF_UNIX = 1;

export function netTableRules(table: Uint16Array): ClassRules {
  const families = Array.from({ length: table.length / 3 }, (_, family) => family);
  const column = (family: number, place: number): number => table[3 * family + place] ?? 0;
  const layers = [
    [ALLOW, families.map((family) => column(family, 0) & ~column(family, 1))],
    [AUDIT, families.map((family) => column(family, 0) & column(family, 1))],
    [DENY, families.map((family) => column(family, 2) & ~column(family, 0))],
  ] as const;
  const made = layers.map(([layer, types]) => layerRules(layer, types));
  return { rules: made.flatMap(({ rules }) => rules), isWhole: made.every(({ isWhole }) => isWhole) };
}

function layerRules(layer: number, types: readonly number[]): ClassRules {
  if (types.length > 0 && types.every((own) => own === ANY_TYPE)) {
    return { rules: [{ layer, text: "network," }], isWhole: true };
  }
  const rules: ClassRule[] = [];
  let isWhole = true;
  for (const [family, own] of types.entries()) {
    const name = familyName(family);
    if (own === 0) continue;
    if (family === AF_UNIX && own === ANY_TYPE) {
      rules.push({ layer, text: "unix," });
    } else if (name !== undefined && (own & EVERY_TYPE) === EVERY_TYPE) {
      rules.push({ layer, text: `network ${name},` });
    } else if (name !== undefined) {
      for (const [type, bit] of bits) if ((own & bit) !== 0) rules.push({ layer, text: `network ${name} ${type},` });
    }
    if (name === undefined || ((own & ~EVERY_TYPE) !== 0 && !(family === AF_UNIX && own === ANY_TYPE))) isWhole = false;
  }
  return { rules, isWhole };
}
