/**
 * Every NATS subject of sovfn. No other file spells one.
 *
 *   inv.<zone>.<tenant>.<function>.<version>    a call to a loaded version          queue group `c`
 *   place.<zone>.<country>                      a call no cell has loaded, to nodes in one country   queue group `s`
 *   _R.<gateway>.<zone>.<tenant>.<call>         answer frames, to one gateway
 *   _R.<gateway>.<zone>.<tenant>.<call>-        … of several calls, in a bundle; the <call> is one of them
 *   _C.<zone>.<tenant>.<cell>.<gateway>.<call>  body chunks, credits, cancel, to one cell
 *   who.<zone>.<tenant>                         "who has this call?", and cancel of a call nobody claimed
 *   down.<zone>.<cell>                          a cell is gone: its calls end
 *   up.<zone>.<node>                            a supervisor starts: the cells that its node had are gone
 *   cred.<node>                                 a supervisor asks for a cell's credential
 *   sec.<zone>.<node>                           a supervisor asks for secrets of a function   queue group `g`
 *   key.<zone>.<node>                           a supervisor asks for a data key           queue group `g`
 *   ctl.<node>                                  orders to one supervisor
 *   evt.<zone>.<lane>.<tenant>.<function>.<event>    a durable event that has not ended
 *   idem.<zone>.<tenant>.<function>.<hash>      marker of an accepted event
 *   sched.<zone>.<tenant>.<function>.<event>    an event that is delayed, or waits for its next attempt
 *   que.<zone>.<tenant>.<function>.<event>      a message of a queue binding that has not ended
 *   quesched.<zone>.<tenant>.<function>.<event> one that is delayed, or waits for its next attempt
 *   quemark.<zone>.<tenant>.<function>.<event>  marker of a message that was stored
 *   room.<zone>                                 "may the queues of a function take more?"   queue group `g`
 *   stop.<zone>                                 "who runs this event? end it"
 *   cron.<zone>.<tenant>.<function>.<name>      the next tick of a schedule, which NATS fires on
 *   tick.<zone>.<tenant>.<function>.<name>      … this: one message for each tick
 *   cb.<zone>.<tenant>.<function>.<event>       the result of an event is to be sent to its callback URL
 *   cbat.<zone>.<tenant>.<function>.<event>     … later: a schedule, which NATS fires on `cb`
 *   tickrec.<zone>.<tenant>.<function>.<name>   what became of a tick
 *   rec.<zone>.<tenant>.<function>.<event>      what is known of an event; the last message counts
 *   dlq.<zone>.<tenant>.<function>.<event>      a dead letter
 *   end.<zone>.<tenant>.<function>.<event>      an event that has ended, as it was accepted: kept for a while, to be replayed
 *   svc.<zone>                                  a call of one function by another      queue group `g`
 *   log.<zone>.<tenant>.<function>              what a function logs, in batches
 *   span.<zone>.<tenant>.<function>             spans that a function has made, of one call   queue group `g`
 *   egress.<zone>.<tenant>.<function>           what a function asked of the outside, in batches
 *   spill.<zone>.<tenant>.<function>.<invocation>.<part>   an output waiting for the object store
 *   rct.<zone>.node.<node>, rct.<zone>.gateway.<gateway>   receipts that a component has signed, in batches
 *   aud.tenant.<tenant>, aud.platform           entries of the audit log, which is one for the platform
 *
 * Tokens are names (`isName`), except: <version> is the first 32 hex digits of a version id, <call> counts in base 36,
 * <invocation> and <event> are ids (isInvocationId), <lane> is one of EVENT_LANES, <part> is a number or `end`, <hash> is
 * hex. Whatever carries data of a zone has the zone as its second token (the third in `_R`), so that NATS permissions can
 * be written by zone.
 */
import type { SealedPlace } from './encryption.ts';
import { isInvocationId } from './invocation-id.ts';
import { isName } from './names.ts';

/** Queue group of the cells on `inv`: permissions name it, so nobody can listen beside the group. */
export const CELL_QUEUE = 'c';
/** Queue group of the supervisors on `place`. */
export const SUPERVISOR_QUEUE = 's';

/** Queue group of the gateways on `svc`, `sec`, `room` and `span`. */
export const SERVICE_QUEUE = 'g';

/**
 * Events wait in lanes of their function: `any` in no order, `ordered` one after the other for each ordering key. Each
 * lane has a consumer of its own. Should a stream ever hold more functions than one stream can serve, lanes are also
 * where it is divided.
 */
export const EVENT_LANES = ['any', 'ordered'] as const;
export type EventLane = (typeof EVENT_LANES)[number];

const VERSION_TOKEN_LENGTH = 32;
const WILD = '*';

export interface FunctionAddress {
  readonly zone: string;
  readonly tenant: string;
  readonly function: string;
}

export interface VersionAddress extends FunctionAddress {
  /** The full version id (64 hex digits). */
  readonly version: string;
}

export const callSubject = (to: VersionAddress): string =>
  `inv.${functionTokens(to)}.${to.version.slice(0, VERSION_TOKEN_LENGTH)}`;
export const tenantCallsSubject = (zone: string, tenant: string): string =>
  `inv.${token(zone)}.${token(tenant)}.${WILD}.${WILD}`;
export const zoneCallsSubject = (zone: string): string => `inv.${token(zone)}.>`;

/** `country`: as labels say it, such as FR. */
export const placementSubject = (zone: string, country: string): string =>
  `place.${token(zone)}.${token(country.toLowerCase())}`;
export const zonePlacementsSubject = (zone: string): string => `place.${token(zone)}.${WILD}`;

/** The part before the call's number: a gateway builds it once per function and appends the number. */
const REPLY_ROOT = '_R.';
export const replySubjectPrefix = (gateway: string, zone: string, tenant: string): string =>
  `${REPLY_ROOT}${token(gateway)}.${token(zone)}.${token(tenant)}.`;
export const gatewayRepliesSubject = (gateway: string): string => `${REPLY_ROOT}${token(gateway)}.>`;
export const tenantRepliesSubject = (zone: string, tenant: string): string =>
  `${REPLY_ROOT}${WILD}.${token(zone)}.${token(tenant)}.>`;
export const zoneRepliesSubject = (zone: string): string => `${REPLY_ROOT}${WILD}.${token(zone)}.>`;

/** `<gateway>.<call>` of a reply subject: names the call everywhere. Null when the subject is no reply of that tenant. */
export function callKeyOfReply(subject: string, zone: string, tenant: string): string | null {
  const place = `.${zone}.${tenant}.`;
  const gatewayEnd = subject.indexOf('.', REPLY_ROOT.length);
  if (!subject.startsWith(REPLY_ROOT) || !subject.startsWith(place, gatewayEnd)) return null;
  const gateway = subject.slice(REPLY_ROOT.length, gatewayEnd);
  const call = subject.slice(gatewayEnd + place.length);
  return isName(gateway) && isCallNumber(call) ? `${gateway}.${call}` : null;
}

/** Ends the reply subject of a bundle, and of no single message: no call's name has it. */
const BUNDLE_MARK = '-';
/** The reply subject of a bundle of messages, made of that of one of them. */
export const bundleSubject = (reply: string): string => reply + BUNDLE_MARK;
export const isBundleSubject = (subject: string): boolean => subject.endsWith(BUNDLE_MARK);
/** What the reply subjects of all messages of a bundle begin with: a reply subject without its name. */
export const replyPrefixOf = (reply: string): string => reply.slice(0, reply.lastIndexOf('.') + 1);

export const cellInboxPrefix = (zone: string, tenant: string, cell: string): string =>
  `_C.${token(zone)}.${token(tenant)}.${token(cell)}.`;
export const cellInboxSubject = (zone: string, tenant: string, cell: string): string =>
  `${cellInboxPrefix(zone, tenant, cell)}>`;
export const zoneCellInboxesSubject = (zone: string): string => `_C.${token(zone)}.>`;

export const whoSubject = (zone: string, tenant: string): string => `who.${token(zone)}.${token(tenant)}`;
export const zoneWhoSubject = (zone: string): string => `who.${token(zone)}.${WILD}`;

export const cellDownSubject = (zone: string, cell: string): string => `down.${token(zone)}.${token(cell)}`;
export const zoneCellDownSubject = (zone: string): string => `down.${token(zone)}.${WILD}`;

export const nodeUpSubject = (zone: string, node: string): string => `up.${token(zone)}.${token(node)}`;
export const zoneNodeUpSubject = (zone: string): string => `up.${token(zone)}.${WILD}`;
/** The node of an `up` subject: NATS lets no node publish the subject of another. Null when it is no such subject. */
export function nodeOfUpSubject(subject: string): string | null {
  const [root, , node, ...more] = subject.split('.');
  return root === 'up' && node !== undefined && isName(node) && more.length === 0 ? node : null;
}

export const credentialSubject = (node: string): string => `cred.${token(node)}`;
export const allCredentialsSubject = (): string => `cred.${WILD}`;

export const secretsSubject = (zone: string, node: string): string => `sec.${token(zone)}.${token(node)}`;
export const zoneSecretsSubject = (zone: string): string => `sec.${token(zone)}.${WILD}`;

export const dataKeysSubject = (zone: string, node: string): string => `key.${token(zone)}.${token(node)}`;
export const zoneDataKeysSubject = (zone: string): string => `key.${token(zone)}.${WILD}`;

export const controlSubject = (node: string): string => `ctl.${token(node)}`;
export const allControlSubject = (): string => `ctl.${WILD}`;

export const eventSubject = (to: FunctionAddress, lane: EventLane, event: string): string =>
  `evt.${token(to.zone)}.${lane}.${token(to.tenant)}.${token(to.function)}.${event}`;
/** Events of a function in one lane: the filter of its consumer. */
export const laneEventsSubject = (to: FunctionAddress, lane: EventLane): string => eventSubject(to, lane, WILD);
/** All events of a function, whatever their lane. */
export const functionEventsSubject = (to: FunctionAddress): string =>
  `evt.${token(to.zone)}.${WILD}.${token(to.tenant)}.${token(to.function)}.${WILD}`;
export const zoneEventsSubject = (zone: string): string => `evt.${token(zone)}.>`;
export const queueSubject = (to: FunctionAddress, event: string): string => `que.${functionTokens(to)}.${event}`;
export const functionQueueSubject = (to: FunctionAddress): string => `que.${functionTokens(to)}.${WILD}`;
export const zoneQueueSubject = (zone: string): string => `que.${token(zone)}.>`;
export const delayedQueueSubject = (to: FunctionAddress, event: string): string =>
  `quesched.${functionTokens(to)}.${event}`;
export const functionDelayedQueueSubject = (to: FunctionAddress): string => `quesched.${functionTokens(to)}.${WILD}`;
export const zoneDelayedQueueSubject = (zone: string): string => `quesched.${token(zone)}.>`;
export const queueMarkerSubject = (to: FunctionAddress, event: string): string =>
  `quemark.${functionTokens(to)}.${event}`;
export const functionQueueMarkersSubject = (to: FunctionAddress): string => `quemark.${functionTokens(to)}.${WILD}`;
export const zoneQueueMarkersSubject = (zone: string): string => `quemark.${token(zone)}.>`;
export const queueRoomSubject = (zone: string): string => `room.${token(zone)}`;
export const stopEventSubject = (zone: string): string => `stop.${token(zone)}`;
export const markerSubject = (to: FunctionAddress, hash: string): string => `idem.${functionTokens(to)}.${hash}`;
export const zoneMarkersSubject = (zone: string): string => `idem.${token(zone)}.>`;
export const functionMarkersSubject = (to: FunctionAddress): string => `idem.${functionTokens(to)}.${WILD}`;
export const delayedEventSubject = (to: FunctionAddress, event: string): string =>
  `sched.${functionTokens(to)}.${event}`;
export const functionDelayedEventsSubject = (to: FunctionAddress): string => `sched.${functionTokens(to)}.${WILD}`;
export const zoneDelayedEventsSubject = (zone: string): string => `sched.${token(zone)}.>`;
export const cronSubject = (to: FunctionAddress, name: string): string => `cron.${functionTokens(to)}.${token(name)}`;
export const functionCronsSubject = (to: FunctionAddress): string => `cron.${functionTokens(to)}.${WILD}`;
export const zoneCronsSubject = (zone: string): string => `cron.${token(zone)}.>`;
export const tickSubject = (to: FunctionAddress, name: string): string => `tick.${functionTokens(to)}.${token(name)}`;
export const zoneTicksSubject = (zone: string): string => `tick.${token(zone)}.>`;
export const tickRecordSubject = (to: FunctionAddress, name: string): string =>
  `tickrec.${functionTokens(to)}.${token(name)}`;
export const functionTickRecordsSubject = (to: FunctionAddress): string => `tickrec.${functionTokens(to)}.${WILD}`;
export const zoneTickRecordsSubject = (zone: string): string => `tickrec.${token(zone)}.>`;

export interface ScheduleAddress extends FunctionAddress {
  readonly schedule: string;
}

/** The schedule of a `cron`, `tick` or `tickrec` subject, or null when it is none. */
export function scheduleOfSubject(subject: string): ScheduleAddress | null {
  const [root, zone, tenant, name, schedule, ...more] = subject.split('.');
  const names = [zone, tenant, name, schedule];
  if (!/^(?:cron|tick|tickrec)$/.test(root!) || more.length > 0) return null;
  if (!names.every((part) => part !== undefined && isName(part))) return null;
  return { zone: zone!, tenant: tenant!, function: name!, schedule: schedule! };
}
export const callbackSubject = (to: FunctionAddress, event: string): string => `cb.${functionTokens(to)}.${event}`;
export const zoneCallbacksSubject = (zone: string): string => `cb.${token(zone)}.>`;
export const delayedCallbackSubject = (to: FunctionAddress, event: string): string =>
  `cbat.${functionTokens(to)}.${event}`;
export const zoneDelayedCallbacksSubject = (zone: string): string => `cbat.${token(zone)}.>`;
export const recordSubject = (to: FunctionAddress, event: string): string => `rec.${functionTokens(to)}.${event}`;
export const functionRecordsSubject = (to: FunctionAddress): string => `rec.${functionTokens(to)}.${WILD}`;
export const zoneRecordsSubject = (zone: string): string => `rec.${token(zone)}.>`;
export const deadLetterSubject = (to: FunctionAddress, event: string): string => `dlq.${functionTokens(to)}.${event}`;
export const functionDeadLettersSubject = (to: FunctionAddress): string => `dlq.${functionTokens(to)}.${WILD}`;
export const zoneDeadLettersSubject = (zone: string): string => `dlq.${token(zone)}.>`;
export const endedEventSubject = (to: FunctionAddress, event: string): string => `end.${functionTokens(to)}.${event}`;
export const zoneEndedEventsSubject = (zone: string): string => `end.${token(zone)}.>`;

/** What is stored of one event of a tenant, for whoever does not know its function: filters that match one subject at most. */
export const eventTraces = (zone: string, tenant: string, event: string) => {
  const place = `${token(zone)}.${token(tenant)}.${WILD}.${event}`;
  return {
    due: `evt.${token(zone)}.${WILD}.${token(tenant)}.${WILD}.${event}`,
    delayed: `sched.${place}`,
    queued: `que.${place}`,
    delayedQueued: `quesched.${place}`,
    record: `rec.${place}`,
    deadLetter: `dlq.${place}`,
  } as const;
};
/** The function of a subject that ends in `<function>.<event>`. */
export const functionOfSubject = (subject: string): string => subject.split('.').at(-2)!;
/** The event of a subject that ends in it. */
export const eventOfSubject = (subject: string): string => subject.slice(subject.lastIndexOf('.') + 1);

/** What is stored on the subjects of an event; an event and its schedule hold the same message. */
const EVENT_CONTENTS: Readonly<Record<string, string>> = {
  evt: 'event',
  sched: 'event',
  que: 'message',
  quesched: 'message',
  end: 'ended',
  dlq: 'letter',
  cb: 'callback',
  cbat: 'callback',
};

/** Where the content of an event's subject belongs when it is sealed. */
export function eventPlace(subject: string): SealedPlace {
  const tokens = subject.split('.');
  const content = EVENT_CONTENTS[tokens[0]!];
  const [tenant, name, event] = tokens.slice(-3);
  if (content === undefined || event === undefined) throw new RangeError(`"${subject}" is no subject of an event`);
  const purpose = content === 'message' ? 'queues' : 'events';
  return { tenant: tenant!, purpose, function: name!, name: `${content}/${event}` };
}

export const serviceSubject = (zone: string): string => `svc.${token(zone)}`;

export const logSubject = (to: FunctionAddress): string => `log.${functionTokens(to)}`;
/** Where the batches of a `log` subject belong when they are sealed. */
export function logPlace(subject: string): SealedPlace {
  const [, zone, tenant, name] = subject.split('.');
  return { tenant: tenant!, purpose: 'logs', function: name!, name: `batch/${zone!}` };
}
/** Null for a subject that is none. */
export function functionOfLogSubject(subject: string): { readonly tenant: string; readonly function: string } | null {
  const [root, , tenant, name, ...rest] = subject.split('.');
  if (root !== 'log' || tenant === undefined || name === undefined || rest.length > 0) return null;
  return isName(tenant) && isName(name) ? { tenant, function: name } : null;
}
export const tenantLogsSubject = (zone: string, tenant: string): string =>
  `log.${token(zone)}.${token(tenant)}.${WILD}`;
export const zoneLogsSubject = (zone: string): string => `log.${token(zone)}.>`;

export const spanSubject = (of: FunctionAddress): string => `span.${functionTokens(of)}`;
export const tenantSpansSubject = (zone: string, tenant: string): string =>
  `span.${token(zone)}.${token(tenant)}.${WILD}`;
export const zoneSpansSubject = (zone: string): string => `span.${token(zone)}.>`;
/** Null for a subject that is none. */
export function functionOfSpanSubject(subject: string): FunctionAddress | null {
  const [root, ...names] = subject.split('.');
  if (root !== 'span' || names.length !== 3 || !names.every(isName)) return null;
  const [zone, tenant, name] = names as [string, string, string];
  return { zone, tenant, function: name };
}

export const egressSubject = (of: FunctionAddress): string => `egress.${functionTokens(of)}`;
export const zoneEgressSubject = (zone: string): string => `egress.${token(zone)}.>`;
/** Null for a subject that is none. */
export function tenantOfEgressSubject(subject: string): string | null {
  const tenant = /^egress\.[^.]+\.([^.]+)\.[^.]+$/.exec(subject)?.[1];
  return tenant !== undefined && isName(tenant) ? tenant : null;
}

export const spillSubject = (to: FunctionAddress, invocation: string, part: number | 'end'): string =>
  `spill.${functionTokens(to)}.${invocation}.${part}`;
export const spilledOutputSubject = (to: FunctionAddress, invocation: string): string =>
  `spill.${functionTokens(to)}.${invocation}.>`;
export const spillEndsSubject = (zone: string): string => `spill.${token(zone)}.*.*.*.end`;
/** First parts of all outputs that were too large for one message: one for each, ended or not. */
export const spillStartsSubject = (zone: string): string => `spill.${token(zone)}.*.*.*.0`;
export const functionSpillEndsSubject = (to: FunctionAddress): string => `spill.${functionTokens(to)}.*.end`;

export interface SpillAddress extends FunctionAddress {
  readonly invocation: string;
  readonly part: number | 'end';
}

/** The parts of a `spill` subject, or null when it is none. */
export function parseSpillSubject(subject: string): SpillAddress | null {
  const match = /^spill\.([^.]+)\.([^.]+)\.([^.]+)\.([^.]+)\.(\d{1,9}|end)$/.exec(subject);
  if (match === null) return null;
  const [, zone, tenant, name, invocation, part] = match as unknown as [string, string, string, string, string, string];
  if (![zone, tenant, name].every(isName) || !isInvocationId(invocation)) return null;
  return { zone, tenant, function: name, invocation, part: part === 'end' ? 'end' : Number(part) };
}

export const zoneSpillSubject = (zone: string): string => `spill.${token(zone)}.>`;

export const receiptsSubject = (zone: string, role: 'node' | 'gateway', name: string): string =>
  `rct.${token(zone)}.${role}.${token(name)}`;
export const zoneReceiptsSubject = (zone: string): string => `rct.${token(zone)}.>`;

/** Of the tenant that an entry is about; null: of the platform itself. */
export const auditSubject = (tenant: string | null): string =>
  tenant === null ? 'aud.platform' : `aud.tenant.${token(tenant)}`;
export const allAuditSubject = (): string => 'aud.>';

/** Roots of subjects that name zone, tenant and function in this order, and that streams keep. */
const KEPT_ROOTS = [
  ...['que', 'quesched', 'quemark', 'idem', 'sched', 'cron', 'tick', 'tickrec'],
  ...['cb', 'cbat', 'rec', 'dlq', 'end', 'log', 'egress', 'spill'],
];

/** Everything of a tenant that streams of a zone keep, one subject for each root. Receipts and the audit log name it inside. */
export const tenantSubjects = (zone: string, tenant: string): string[] => [
  `evt.${token(zone)}.${WILD}.${token(tenant)}.>`,
  ...KEPT_ROOTS.map((root) => `${root}.${token(zone)}.${token(tenant)}.>`),
];

function functionTokens(to: FunctionAddress): string {
  return `${token(to.zone)}.${token(to.tenant)}.${token(to.function)}`;
}

/** Refuses anything that could widen a subject. Callers pass names that were checked at the edge: a throw is a bug. */
function token(name: string): string {
  if (!isName(name)) throw new RangeError(`"${name}" cannot be a subject token: only a–z, 0–9 and - (1–63)`);
  return name;
}

function isCallNumber(text: string): boolean {
  return /^[0-9a-z]{1,12}$/.test(text);
}
