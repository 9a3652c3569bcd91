/** As for cells, without what isolates need: no code is made of text, no signal opens the inspector, no word about `node:ffi`. */
export const BROKER_NODE_FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-sigusr1',
  '--disable-warning=ExperimentalWarning',
] as const;

/** By which an operator adds certificates that the company's own hosts are signed with. */
const PASSED_ON = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

/**
 * A name that nobody answers for takes the system a thread for many seconds. Look-ups get half of the threads, which of Node's four
 * would soon be all of one tenant: each cell may have four names looked up (see broker/resolve.ts).
 */
const THREADS = { UV_THREADPOOL_SIZE: '64' };

/** The whole environment of the broker: nothing else of this process's. */
export function brokerEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const passedOn = Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = own[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...THREADS, ...passedOn };
}
