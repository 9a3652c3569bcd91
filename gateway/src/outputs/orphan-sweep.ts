import type { Log } from '../logger.ts';
import type { SpillStream } from './spill/spill-stream.ts';

/** An output that is being written has a part at least every ten minutes; one silent for this long has no writer. */
const ORPHAN_MS = 3_600_000;
const SWEEP_MS = 600_000;

export interface OrphanSweepOptions {
  readonly spill: SpillStream;
  readonly log: Log;
  /** Whether this gateway is writing the output. */
  readonly isOpen: (invocation: string) => boolean;
}

/** Purges what gateways that died left in the stream: parts whose end never came. */
export class OrphanSweep {
  readonly #timer: NodeJS.Timeout;

  private constructor(options: OrphanSweepOptions) {
    this.#timer = setInterval(() => void sweepOrLater(options), SWEEP_MS).unref();
  }

  static start(options: OrphanSweepOptions): OrphanSweep {
    return new OrphanSweep(options);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** One sweep; returns the invocations whose parts it purged. */
export async function sweepOrphans(options: OrphanSweepOptions, orphanMs = ORPHAN_MS): Promise<string[]> {
  const { spill, isOpen } = options;
  const purged: string[] = [];
  for (const output of await spill.withParts()) {
    if (isOpen(output.invocation)) continue;
    const last = await spill.lastActivity(output);
    if (last === null || last.isEnd || Date.now() - last.at.getTime() < orphanMs) continue;
    await spill.purge(output);
    purged.push(output.invocation);
  }
  return purged;
}

async function sweepOrLater(options: OrphanSweepOptions): Promise<void> {
  try {
    const purged = await sweepOrphans(options);
    if (purged.length > 0) options.log('warn', 'output-orphans-purged', { invocations: purged });
  } catch (error) {
    options.log('warn', 'output-sweep-failed', { error: String(error) });
  }
}
