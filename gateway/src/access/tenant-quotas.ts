import { type Quotas, SovfnError } from '@sovfn/protocol';

export interface TenantQuotasOptions {
  /** Null: the tenant has none. */
  readonly quotasOf: (tenant: string) => Quotas | null;
  /** Milliseconds on a clock that does not jump; given by tests. */
  readonly now?: () => number;
}

interface Usage {
  underWay: number;
  /** Number of the minute that is counted. */
  minute: number;
  calls: number;
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * Holds tenants to their quotas of HTTP requests. In this gateway: what other gateways let in is not counted here.
 * NOTE: on the path of every HTTP call; a tenant without quotas costs a look-up.
 */
export class TenantQuotas {
  readonly #options: TenantQuotasOptions;
  readonly #usage = new Map<string, Usage>();

  constructor(options: TenantQuotasOptions) {
    this.#options = options;
  }

  /**
   * Counts a request that enters. The function that it returns is called once when the request is over; null: nothing is
   * to be called. Throws `quota-exceeded`; then nothing was counted.
   */
  enter(tenant: string): (() => void) | null {
    const quotas = this.#options.quotasOf(tenant);
    if (quotas === null) return null;
    const { callsPerMinute, concurrency } = quotas;
    const now = (this.#options.now ?? performance.now.bind(performance))();
    const usage = this.#usageOf(tenant, now);
    if (callsPerMinute !== null && usage.calls >= callsPerMinute) {
      const seconds = Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / SECOND_MS);
      throw exceeded(tenant, { limit: 'callsPerMinute', limitValue: callsPerMinute, measured: usage.calls }, seconds);
    }
    if (concurrency !== null && usage.underWay >= concurrency) {
      throw exceeded(tenant, { limit: 'concurrency', limitValue: concurrency, measured: usage.underWay }, 1);
    }
    usage.calls++;
    usage.underWay++;
    return () => void usage.underWay--;
  }

  #usageOf(tenant: string, now: number): Usage {
    const minute = Math.floor(now / MINUTE_MS);
    const usage = this.#usage.get(tenant) ?? { underWay: 0, minute, calls: 0 };
    if (usage.minute !== minute) Object.assign(usage, { minute, calls: 0 });
    this.#usage.set(tenant, usage);
    return usage;
  }
}

interface Met {
  readonly limit: keyof Quotas;
  readonly limitValue: number;
  readonly measured: number;
}

export function exceeded(tenant: string, met: Met, retryAfterS: number | null): SovfnError {
  const { limit, limitValue, measured } = met;
  const what = `the tenant "${tenant}" has reached its quota ${limit} of ${limitValue} (measured ${measured})`;
  return new SovfnError('quota-exceeded', what, {
    hint: retryAfterS === null ? 'The operator of the platform can raise it.' : 'Nothing was run: try again later.',
    facts: { ...met, ...(retryAfterS === null ? {} : { retryAfterS }) },
  });
}
