/** The one table of permissions, printed: `docs/credentials.md` is what these functions say. Update it with `vitest -u`. */
import { expect, test } from 'vitest';
import { cellPermissions, gatewayPermissions, type Permissions, supervisorPermissions } from '../src/permissions.ts';

/** By the first tokens of a subject. The longest that fits counts. */
const MEANING: Readonly<Record<string, string>> = {
  inv: 'calls of loaded versions',
  place: 'calls of versions that no cell has loaded',
  _R: 'answers to callers',
  _C: 'bodies of calls, to cells',
  who: '“who has this call?”',
  down: 'a cell is gone',
  up: 'a supervisor starts',
  cred: 'credentials of cells',
  sec: 'secrets of functions, sealed for who asks',
  key: 'data keys, sealed for who asks',
  ctl: 'orders to a node',
  evt: 'events that have not ended',
  idem: 'markers of accepted events',
  sched: 'delayed events',
  que: 'messages of queues',
  quesched: 'delayed messages of queues',
  quemark: 'markers of queue messages',
  room: '“may the queue take more?”',
  stop: '“end this event”',
  cron: 'the next tick of a schedule',
  cb: 'callbacks to be sent',
  cbat: 'delayed callbacks',
  tickrec: 'what became of a tick',
  rec: 'what is known of an event',
  dlq: 'dead letters',
  end: 'events that have ended',
  svc: 'calls of one function by another',
  log: 'what functions log',
  span: 'spans that functions have made',
  egress: 'what functions asked of the outside',
  spill: 'outputs that wait for the store',
  rct: 'receipts',
  aud: 'entries of the audit log',
  $KV: 'records of a bucket, written',
  '$JS.API': 'streams: made, read, changed',
  '$JS.API.STREAM.INFO': 'a bucket: that it is there',
  '$JS.API.DIRECT.GET': 'records of a bucket, read',
  '$JS.API.CONSUMER': 'records of a bucket, watched',
  '$JS.ACK': 'events and messages, taken',
  '$JS.FC': 'flow of a watch',
  _INBOX_node: 'answers to nodes',
  _INBOX_gateway: 'answers to gateways',
};

interface Holder {
  readonly title: string;
  readonly text: string;
  readonly permissions: Permissions;
}

const HOLDERS: readonly Holder[] = [
  {
    title: 'A cell',
    text:
      'Of tenant `main` in zone `fr`; for twelve hours, or until its node is removed. It reaches one tenant in one zone: it can take, ' +
      'answer and log that tenant’s calls, also those that other cells of it would have taken. Nothing of other tenants or zones, no ' +
      'stream, no bucket, no secret.',
    permissions: cellPermissions('fr', 'main', 'c1'),
  },
  {
    title: 'A node in France',
    text:
      'Node `paris`, which serves `fr`; until it is removed. It reaches its zones: calls of every tenant there, cells’ credentials, ' +
      'secrets, data keys and `kv` values; and the manifests of all functions. Nothing of another zone’s calls, no event, no stored ' +
      'secret, no other node’s name. With the store’s user it also reads the (encrypted) bundles of all functions, and reads and ' +
      'writes objects of `bucket` bindings.',
    permissions: supervisorPermissions('paris', ['fr'], 'FR'),
  },
  {
    title: 'A node in Germany',
    text:
      'Node `bonn`, which serves `eu` because its labels satisfy that and not `fr`: no line below names `fr`. Of ' +
      '`eu` it takes the calls that were placed in Germany.',
    permissions: supervisorPermissions('bonn', ['eu'], 'DE'),
  },
  {
    title: 'A gateway',
    text:
      'Gateway `gw-1`, which serves `fr`. It is the controller: whoever has this credential reads and changes all streams and ' +
      'buckets. It cannot listen to calls or take them, nor answer in a cell’s place. What is stored is encrypted, and the keys are ' +
      'not on the bus; with the gateway’s files they are reached too.',
    permissions: gatewayPermissions('gw-1', ['fr']),
  },
];

test('docs/credentials.md says what each stolen credential can reach, from the table of permissions', async () => {
  const text = [INTRODUCTION, ...HOLDERS.map(sectionOf)].join('\n');
  await expect(text).toMatchFileSnapshot('../../docs/credentials.md');
});

test('no permission of a node in Germany names a French zone', () => {
  const { publish, subscribe } = supervisorPermissions('bonn', ['eu', 'de'], 'DE');
  expect([...publish, ...subscribe].filter((subject) => /(^|[._-])fr($|[ .-])/.test(subject))).toEqual([]);
});

const INTRODUCTION = `# What each credential can reach

Generated from the table of permissions (\`protocol/src/permissions.ts\`); a test keeps this page true, and another one tries every
subject that a component may not use on a real server (\`bus/test/forbidden.test.ts\`). A subject may end in \`>\`: everything below.
Behind a subject that is listened to stands the queue group, where one is required.

A node on another host loses its credential, and those of its cells, at once: \`sovfn nodes remove\` ([several-machines.md](several-machines.md)).

**What the table does not show.** Who may watch a bucket also names the subject on which the server delivers what lies in it (a push
consumer of JetStream), in any zone. So a stolen node can have the server send what it may read anyhow, or wrote itself as a \`kv\`
value, where it may not send. It reads nothing that way, and what comes so is taken for no call: nodes and cells drop calls whose answer
would not go to a gateway, and JetStream's never does. A forged \`down\` could end calls of a cell early, as \`cell-lost\`.
`;

function sectionOf({ title, text, permissions: { publish, subscribe } }: Holder): string {
  return [
    `## ${title}`,
    '',
    text,
    '',
    ...tableOf('may send on', publish),
    '',
    ...tableOf('may listen to', subscribe),
    '',
  ].join('\n');
}

function tableOf(title: string, subjects: readonly string[]): string[] {
  const rows = subjects.map((subject) => `| \`${subject}\` | ${meaningOf(subject)} |`);
  return [`| ${title} | |`, '|---|---|', ...rows];
}

function meaningOf(subject: string): string {
  const tokens = subject.split(' ')[0]!.split('.');
  for (let length = tokens.length; length > 0; length--) {
    const meaning = MEANING[tokens.slice(0, length).join('.')];
    if (meaning !== undefined) return meaning;
  }
  throw new Error(`"${subject}" has no meaning yet: say it in MEANING`);
}
