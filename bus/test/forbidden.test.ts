/**
 * What no component may do, all of it: whatever the table of permissions grants to one component, in a French or a German zone,
 * to one tenant or another, is tried by every component that it does not grant it to, on a real server.
 */
import { cellPermissions, gatewayPermissions, type Permissions, supervisorPermissions } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PlatformBus, startPlatformBus } from './platform-bus.ts';

let bus: PlatformBus;
beforeAll(async () => {
  bus = await startPlatformBus();
});
afterAll(() => bus[Symbol.asyncDispose]());

const COMPONENTS: Readonly<Record<string, Permissions>> = {
  'a cell of a tenant in France': cellPermissions('fr', 'main', 'c1'),
  'a cell of another tenant': cellPermissions('fr', 'other', 'c2'),
  'a node in France': supervisorPermissions('paris', ['fr'], 'FR'),
  'a node in Germany': supervisorPermissions('bonn', ['de', 'eu'], 'DE'),
  'a gateway in France': gatewayPermissions('gw-1', ['fr']),
};
/** Of the server's own interface, which only gateways may use. */
const STREAMS = ['EVT_fr', 'QUE_fr', 'DLQ_fr', 'KV_secrets', 'KV_enrolments', 'KV_tokens', 'KV_kv-fr'];
const CALLS = ['STREAM.CREATE', 'STREAM.DELETE', 'STREAM.PURGE', 'STREAM.MSG.GET', 'CONSUMER.CREATE', 'DIRECT.GET'];
const API = STREAMS.flatMap((stream) => CALLS.map((call) => `$JS.API.${call}.${stream}`));

const all = Object.values(COMPONENTS);
const PUBLISHED = [...new Set([...all.flatMap(({ publish }) => publish.map(concrete)), ...API])];
const HEARD = [...new Set(all.flatMap(({ subscribe }) => subscribe))];

test.each(Object.entries(COMPONENTS))(
  'the server refuses %s everything that the table does not grant it',
  async (_name, own) => {
    const publish = PUBLISHED.filter((subject) => !own.publish.some((pattern) => covers(pattern, subject)));
    const subscribe = [...HEARD, ...HEARD.map(withoutQueue), '>', '*.>'].filter(
      (subscription) => !mayHear(own, subscription),
    );
    expect(publish.length).toBeGreaterThan(20);
    expect(subscribe.length).toBeGreaterThan(10);
    const { refused, connected } = await attempt(own, { publish, subscribe });
    expect(publish.filter((subject) => !refused.has(`Publish to "${subject}"`))).toEqual([]);
    const heard = subscribe.filter((subscription) => !refused.has(`Subscription to "${withoutQueue(subscription)}"`));
    expect(heard).toEqual([]);
    expect(connected).toBe(true);
  },
);

test('a node in Germany that sends and listens by hand to whatever names a French zone is refused each time', async () => {
  const isFrench = (subject: string): boolean => /(^|[._-])fr($|[ .])/.test(subject);
  const publish = PUBLISHED.filter(isFrench);
  const subscribe = HEARD.filter(isFrench);
  expect(publish.length).toBeGreaterThan(50);
  expect(subscribe).toEqual(expect.arrayContaining(['place.fr.fr s', 'inv.fr.main.*.* c', '_C.fr.main.c1.>']));
  const { refused } = await attempt(COMPONENTS['a node in Germany']!, { publish, subscribe });
  expect(publish.filter((subject) => !refused.has(`Publish to "${subject}"`))).toEqual([]);
  expect(subscribe.filter((subject) => !refused.has(`Subscription to "${withoutQueue(subject)}"`))).toEqual([]);
});

async function attempt(
  own: Permissions,
  { publish, subscribe }: { readonly publish: readonly string[]; readonly subscribe: readonly string[] },
): Promise<{ refused: ReadonlySet<string>; connected: boolean }> {
  const refused = new Set<string>();
  const client = await bus.wire(await bus.credential('tried', own), (text) => {
    const [, what] = /^Permissions Violation for ((?:Publish|Subscription) to "[^"]*")/.exec(text) ?? [];
    if (what !== undefined) refused.add(what);
  });
  for (const subject of publish) client.publish(subject, Buffer.from('x'));
  for (const subscription of subscribe) {
    const [subject, queue = null] = subscription.split(' ') as [string, string?];
    client.subscribe(subject, queue, () => undefined);
  }
  await client.flush();
  const connected = client.isConnected;
  await client.close();
  return { refused, connected };
}

/** A subject that the pattern covers. */
function concrete(pattern: string): string {
  return pattern.replaceAll('*', 'any').replace(/>$/, 'any.more');
}

function mayHear({ subscribe }: Permissions, subscription: string): boolean {
  const [subject, queue] = subscription.split(' ') as [string, string?];
  return subscribe.some((granted) => {
    const [pattern, required] = granted.split(' ') as [string, string?];
    return covers(pattern, subject) && (required === undefined || required === queue);
  });
}

/** Is everything that `subject`, itself a pattern, stands for also of `pattern`? */
function covers(pattern: string, subject: string): boolean {
  const wanted = subject.split('.');
  const tokens = pattern.split('.');
  for (const [index, token] of tokens.entries()) {
    if (token === '>') return wanted.length > index;
    const other = wanted[index];
    if (other === undefined || other === '>' || (token !== '*' && token !== other)) return false;
  }
  return tokens.length === wanted.length;
}

const withoutQueue = (subscription: string): string => subscription.split(' ')[0]!;
