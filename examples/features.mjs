// The same profile for several kernels, and what each of them looks at.
import { compile } from "armorer";
import { featureSets, hasFeature, parseFeatures } from "armorer/features";

for (const name of ["kernel-6.1", "kernel-7.2"]) {
  const kernelFeatures = featureSets[name];
  const { tree } = parseFeatures(kernelFeatures);
  const { ok } = await compile("abi <abi/5.0>,\nprofile demo { userns, }\n", { kernelFeatures });
  console.log(
    name,
    "user namespaces are mediated:",
    hasFeature(tree, "namespaces/mask/userns_create"),
    "compiled:",
    ok,
  );
}

/* Prints:
kernel-6.1 user namespaces are mediated: false compiled: true
kernel-7.2 user namespaces are mediated: true compiled: true
*/
