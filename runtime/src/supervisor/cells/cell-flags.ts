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

/**
 * The whole environment of a cell: nothing of this process's. An entry into an isolate makes and frees dozens of small pieces of
 * memory, more of a size at once than glibc keeps at hand for a thread (7, up to 1 KiB); with 32 of up to 2 KiB its allocator takes
 * 6 % of a cell's time instead of 15. They are 4 MB at most for a thread. Other C libraries ignore it.
 */
export const CELL_ENVIRONMENT = {
  GLIBC_TUNABLES: 'glibc.malloc.tcache_max=2048:glibc.malloc.tcache_count=32',
} as const;
