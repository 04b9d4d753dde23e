/** What is known of feature sets by name: ABIs that profiles name, and kernels of Debian as they come. */
export const featureSetNames = ["abi-3.0", "abi-4.0", "abi-5.0", "kernel-6.1", "kernel-6.12", "kernel-7.2"] as const;
