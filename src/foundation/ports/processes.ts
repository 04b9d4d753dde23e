/** A process and how it is confined; what could not be read is `undefined`. */
export interface ProcessConfinement {
  readonly pid: number;
  /** The label without its mode, for example `unconfined` or `/usr/bin/x//&:ns:y`. */
  readonly label: string;
  /** `enforce`, `complain`, `mixed`, …; `undefined` for plain `unconfined`. */
  readonly mode: string | undefined;
  readonly executable: string | undefined;
  /** The name the kernel shows (`comm`). */
  readonly command: string | undefined;
}

/** The processes that can be seen. */
export interface ProcessesPort {
  /** Sorted by process id; a process whose label may not be read is left out and counted in `hidden`. */
  readonly confinement: () => { readonly processes: readonly ProcessConfinement[]; readonly hidden: number };
}
