/** The same of what kernels and ABIs can do. It is by itself because every job has some of it, and only few have the rest. */
export const packagedFeatures: Readonly<Record<string, string>> = {};
