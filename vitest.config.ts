import { defineConfig } from 'vitest/config';

const PACKAGES = [
  'protocol',
  'bus',
  'store',
  'builder',
  'gateway',
  'runtime',
  'cli',
  'testkit',
  'e2e',
  'bench',
  'compat',
  'examples',
  'tools',
];

/** Generous, because the tests start real servers and may share two cores with a build; no test is meant to come near. */
const TEST_TIMEOUT_MS = 90_000;
const HOOK_TIMEOUT_MS = 60_000;
const POLL_TIMEOUT_MS = 20_000;

// The tool takes its configuration from a default export only.
export default defineConfig({
  test: {
    pool: 'forks',
    // A worker takes one file after the other: starting one anew for each costs minutes over the whole suite.
    isolate: false,
    execArgv: ['--no-node-snapshot'],
    maxWorkers: 2,
    // Of tests that wait for servers of their own, in one file.
    maxConcurrency: 4,
    globalSetup: './testkit/src/install-servers.ts',
    projects: PACKAGES.map((name) => ({
      extends: true,
      test: {
        name,
        root: `./${name}`,
        // `*/test`: each example is a package of its own below `examples/`; `*.test.ts`: the tools.
        include: ['*.test.ts', 'src/**/*.test.ts', 'test/**/*.test.ts', '*/test/**/*.test.ts'],
        testTimeout: TEST_TIMEOUT_MS,
        hookTimeout: HOOK_TIMEOUT_MS,
        expect: { poll: { timeout: POLL_TIMEOUT_MS } },
      },
    })),
  },
});
