/**
 * Node's flags of every cell, and of the compile process, whose code cache V8 would otherwise refuse: isolated-vm asks
 * for the first; the second closes `eval` in the cell's own code (isolates are closed by the prelude). The third keeps
 * a signal from opening the inspector. The fourth saves each isolate the code of a compiler between the interpreter and the
 * optimising ones (70 KB of a warm hello function; no call measured slower, from the first to the 20,000th). The last keeps
 * the warning about `node:ffi`, which reads the CPU clock, out of the log of each start.
 */
export const CELL_NODE_FLAGS = [
  '--no-node-snapshot',
  '--disallow-code-generation-from-strings',
  '--disable-sigusr1',
  '--no-sparkplug',
  '--disable-warning=ExperimentalWarning',
] as const;
