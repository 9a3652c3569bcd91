/** Checks of the running nats-server, through its monitoring port. */
import { CELL_QUEUE, SUPERVISOR_QUEUE } from '@sovfn/protocol';
import { z } from 'zod';
import type { Say } from '../../language.ts';
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

export async function checkDurableWrites(running: PlatformRecord, say: Say): Promise<DoctorCheck> {
  const { version, jetstream } = varzSchema.parse(await askMonitor(running, '/varz'));
  if (jetstream.config.sync_always) return ok('durable-writes', say('doctor.writes', { version }));
  return fail('durable-writes', say('doctor.writes.late', { version }), say('doctor.writes.late.hint'));
}

export async function checkSubscriptions(running: PlatformRecord, say: Say): Promise<DoctorCheck> {
  const strangers = (await readSubscriptions(running)).filter((subscription) =>
    GUARDED.some(({ root, queue }) => reaches(subscription.subject, root) && subscription.qgroup !== queue),
  );
  if (strangers.length === 0) return ok('call-subjects', say('doctor.subjects'));
  const listed = strangers.map(({ cid, subject }) => say('doctor.subjects.listens', { connection: cid, subject }));
  const detail = say('doctor.subjects.strangers', { strangers: listed.join(', ') });
  return fail('call-subjects', detail, say('doctor.subjects.strangers.hint'));
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
