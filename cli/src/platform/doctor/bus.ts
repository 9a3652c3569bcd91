/** Checks of the running nats-server, through its monitoring port. */
import { CELL_QUEUE, SUPERVISOR_QUEUE } from '@sovfn/protocol';
import { z } from 'zod';
import type { PlatformRecord } from '../record.ts';
import { type DoctorCheck, fail, ok } from './check.ts';
import { askMonitor } from './monitor.ts';

const PAGE = 1_000;
/** More subscriptions than this are not read; a platform on one machine has some hundred. */
const MOST_SUBSCRIPTIONS = 100_000;

const varzSchema = z.object({
  version: z.string(),
  jetstream: z.object({ config: z.object({ sync_always: z.boolean().default(false) }) }),
});

const subscriptionSchema = z.object({
  subject: z.string(),
  qgroup: z.string().default(''),
  cid: z.int().default(0),
});
type Subscription = z.output<typeof subscriptionSchema>;
const subszSchema = z.object({ total: z.int(), subscriptions_list: z.array(subscriptionSchema).default([]) });

/** Subjects on which "nobody answers" is a signal: another listener hides it, and cold calls hang. */
const GUARDED = [
  { root: 'inv', queue: CELL_QUEUE, who: 'cells' },
  { root: 'place', queue: SUPERVISOR_QUEUE, who: 'supervisors' },
] as const;

export async function checkDurableWrites(running: PlatformRecord): Promise<DoctorCheck> {
  const { version, jetstream } = varzSchema.parse(await askMonitor(running, '/varz'));
  if (jetstream.config.sync_always) return ok('durable-writes', `nats-server ${version} syncs every message to disk`);
  const detail = `nats-server ${version} does not sync every message: accepted events can be lost when the power fails`;
  return fail('durable-writes', detail, 'Set `sync_interval: always` in the jetstream block of its configuration.');
}

export async function checkSubscriptions(running: PlatformRecord): Promise<DoctorCheck> {
  const strangers = (await readSubscriptions(running)).flatMap((subscription) => {
    const guarded = GUARDED.find(
      ({ root, queue }) => reaches(subscription.subject, root) && subscription.qgroup !== queue,
    );
    return guarded === undefined ? [] : [`connection ${subscription.cid} listens to "${subscription.subject}"`];
  });
  if (strangers.length === 0) return ok('call-subjects', 'only cells and supervisors listen to calls');
  const detail = `${strangers.join(', ')}, which only cells and supervisors may`;
  return fail(
    'call-subjects',
    detail,
    'End that client: while it listens, calls to functions that are not loaded hang.',
  );
}

/** Whether a subscription's pattern can match a subject below `root`. */
function reaches(subject: string, root: string): boolean {
  const [first] = subject.split('.', 1);
  return first === root || first === '>' || (first === '*' && subject !== '*');
}

async function readSubscriptions(running: PlatformRecord): Promise<Subscription[]> {
  const subscriptions: Subscription[] = [];
  for (let total = 1; subscriptions.length < Math.min(total, MOST_SUBSCRIPTIONS);) {
    const path = `/subsz?subs=1&limit=${PAGE}&offset=${subscriptions.length}`;
    const page = subszSchema.parse(await askMonitor(running, path));
    if (page.subscriptions_list.length === 0) break;
    subscriptions.push(...page.subscriptions_list);
    total = page.total;
  }
  return subscriptions;
}
