/** How much is measured. The full numbers make one run of about 25 minutes; the quick ones show that all works. */
export interface Settings {
  readonly hello: {
    readonly rounds: number;
    /** Of each contender in each round. */
    readonly seconds: number;
    readonly warmUpSeconds: number;
  };
  readonly workloads: { readonly rounds: number; readonly seconds: number };
  readonly fanOut: { readonly rounds: number; readonly seconds: number };
  readonly halfLoad: { readonly rounds: number; readonly seconds: number };
  readonly budget: { readonly rounds: number; readonly seconds: number };
  readonly receipts: { readonly pairs: number; readonly seconds: number };
  readonly encryption: { readonly rounds: number; readonly seconds: number };
  readonly coldStart: {
    /** Platforms that are started to take the first call of each. */
    readonly platforms: number;
    readonly functions: number;
    /** Times that all functions are let go and called again. */
    readonly rounds: number;
  };
  readonly memory: { readonly functions: number };
  readonly manyFunctions: {
    /** Registered. */
    readonly functions: number;
    readonly rounds: number;
    readonly seconds: number;
    /** Cold starts that are timed. */
    readonly woken: number;
    /** Called, one after the other, before their memory is read. */
    readonly used: number;
  };
  readonly deploy: { readonly rounds: number };
  /** Saves of each function. */
  readonly reload: { readonly rounds: number };
  readonly streams: { readonly rounds: number };
  readonly events: {
    readonly rounds: number;
    /** Of each kind of accepting in each round. */
    readonly seconds: number;
    /** Objects that are put into the store by itself. */
    readonly drained: number;
    /** Events that are sent one at a time. */
    readonly singles: number;
  };
  readonly fairness: { readonly functions: number; readonly flood: number };
  /** Functions have 50 schedules each. */
  readonly schedules: {
    /** Whose schedules are due in the same second. */
    readonly functions: number;
    /** What deploying one of them may take. */
    readonly deployMs: number;
    /** Whose schedules are far away. */
    readonly registered: number;
    readonly seconds: number;
  };
}

export const FULL: Settings = {
  hello: { rounds: 3, seconds: 3, warmUpSeconds: 3 },
  workloads: { rounds: 3, seconds: 2 },
  fanOut: { rounds: 3, seconds: 2 },
  halfLoad: { rounds: 3, seconds: 3 },
  budget: { rounds: 3, seconds: 3 },
  receipts: { pairs: 7, seconds: 3 },
  encryption: { rounds: 5, seconds: 3 },
  coldStart: { platforms: 5, functions: 20, rounds: 10 },
  memory: { functions: 100 },
  manyFunctions: { functions: 10_000, rounds: 5, seconds: 2, woken: 100, used: 1_000 },
  deploy: { rounds: 11 },
  reload: { rounds: 31 },
  streams: { rounds: 9 },
  events: { rounds: 3, seconds: 3, drained: 5_000, singles: 100 },
  fairness: { functions: 1_000, flood: 5_000 },
  schedules: { functions: 200, deployMs: 300, registered: 2_000, seconds: 60 },
};

export const QUICK: Settings = {
  hello: { rounds: 3, seconds: 1, warmUpSeconds: 1 },
  workloads: { rounds: 1, seconds: 1 },
  fanOut: { rounds: 1, seconds: 1 },
  halfLoad: { rounds: 1, seconds: 1 },
  budget: { rounds: 1, seconds: 1 },
  receipts: { pairs: 1, seconds: 1 },
  encryption: { rounds: 1, seconds: 1 },
  coldStart: { platforms: 1, functions: 5, rounds: 2 },
  memory: { functions: 20 },
  manyFunctions: { functions: 50, rounds: 1, seconds: 1, woken: 3, used: 10 },
  deploy: { rounds: 3 },
  reload: { rounds: 5 },
  streams: { rounds: 2 },
  events: { rounds: 1, seconds: 1, drained: 200, singles: 5 },
  fairness: { functions: 20, flood: 200 },
  schedules: { functions: 10, deployMs: 1_000, registered: 10, seconds: 5 },
};
