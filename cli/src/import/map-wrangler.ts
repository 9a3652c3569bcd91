/**
 * What a Workers project says, as `sovfn.jsonc` says it. Nothing is dropped without a word: each key ends in the result or in a
 * note.
 */
import { isName, routeSchema, scheduleSchema, variableNameSchema } from '@sovfn/protocol';
import { z } from 'zod';
import type { Say } from '../language.ts';
import { type ImportNote, ImportNotes, KNOWN_KEYS } from './import-notes.ts';
import { keepValid } from './keep-valid.ts';

export interface ImportedConfig {
  readonly name: string;
  readonly main: string;
  readonly [key: string]: unknown;
}

export interface Import {
  readonly config: ImportedConfig;
  /** What is not in it, or is in another way, in the order of the file. */
  readonly notes: readonly ImportNote[];
}

export interface ImportOptions {
  /** Names of secrets that the project is known to have. */
  readonly secrets: readonly string[];
  /** The named environment whose keys stand above the others; null: none. */
  readonly environment: string | null;
  readonly say: Say;
}

type Content = Readonly<Record<string, unknown>>;

const bindings = <Shape extends z.ZodRawShape>(shape: Shape) => z.array(z.object(shape)).catch([]);
const cronsSchema = z.object({ crons: z.array(z.string()).catch([]) }).catch({ crons: [] });
const kvSchema = bindings({ binding: z.string() });
const bucketSchema = bindings({ binding: z.string() });
const serviceSchema = bindings({ binding: z.string(), service: z.string() });
const queuesSchema = z
  .object({
    producers: bindings({ binding: z.string(), queue: z.string() }),
    consumers: bindings({
      queue: z.string(),
      max_batch_size: z.number().optional(),
      max_batch_timeout: z.number().optional(),
      max_retries: z.number().optional(),
    }),
  })
  .catch({ producers: [], consumers: [] });
const routeSchemaOfWorkers = z.union([
  z.string(),
  z.object({ pattern: z.string() }).transform(({ pattern }) => pattern),
]);

/** Keys that say nothing that a function needs to say. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  ...['$schema', 'account_id', 'compatibility_date', 'workers_dev', 'preview_urls', 'send_metrics', 'dev', 'env'],
  ...['keep_vars', 'minify', 'no_bundle', 'upload_source_maps', 'observability', 'tsconfig', 'base_dir', 'zone_id'],
]);

export function mapWrangler(content: Content, { secrets, environment, say }: ImportOptions): Import {
  const notes = new ImportNotes(say);
  const project = inEnvironment(content, environment, notes);
  const config: Record<string, unknown> = {
    $schema: './node_modules/sovfn/sovfn.schema.json',
    name: nameOf(project, environment, notes),
    main: z.string().min(1).max(512).safeParse(project['main']).data ?? missingMain(notes),
  };
  const put = (key: string, value: object): void => {
    const size = Array.isArray(value) ? value.length : Object.keys(value).length;
    if (size > 0) config[key] = value;
  };
  put('routes', routesOf(project, notes));
  put('vars', varsOf(project['vars'], notes));
  put('schedules', schedulesOf(project['triggers'], notes));
  put('bindings', bindingsOf(project, notes));
  put(
    'secrets',
    // Workers read values of secrets; that only some hosts get one is for whoever looks at the result to say.
    secrets.filter((name) => variableNameSchema.safeParse(name).success).map((name) => ({ name, expose: true })),
  );
  if (config['secrets'] !== undefined) notes.differs('secrets', 'wrangler.secrets');
  put('limits', limitsOf(project['limits']));
  for (const key of Object.keys(project)) noteOther(key, project, notes);
  notes.differs('fetch', 'wrangler.egress');
  return { config: keepValid(config, notes) as ImportedConfig, notes: notes.all };
}

const INHERITED = new Set([
  'vars',
  'kv_namespaces',
  'r2_buckets',
  'queues',
  'services',
  'durable_objects',
  'd1_databases',
]);

/** As wrangler does it: bindings and vars of the top are not inherited, other keys are. */
function inEnvironment(content: Content, environment: string | null, notes: ImportNotes): Content {
  const named = z.record(z.string(), z.record(z.string(), z.unknown())).catch({}).parse(content['env']);
  const others = Object.keys(named).filter((name) => name !== environment);
  if (others.length > 0) notes.left(`env.${others.join(', env.')}`, 'wrangler.environments');
  if (environment === null) return content;
  const chosen = named[environment];
  if (chosen === undefined) {
    notes.left(`env.${environment}`, 'wrangler.no-environment');
    return content;
  }
  const inherited = Object.entries(content).filter(([key]) => !INHERITED.has(key));
  return { ...Object.fromEntries(inherited), ...chosen };
}

function nameOf(project: Content, environment: string | null, notes: ImportNotes): string {
  const written = typeof project['name'] === 'string' ? project['name'] : 'function';
  const full = environment === null || project['name'] === undefined ? written : `${written}-${environment}`;
  const name = functionName(full);
  if (name !== written) notes.add({ key: 'name', kind: 'differs', reason: notes.say('wrangler.name', { name }) });
  return name;
}

/** Names of Workers may have capitals and underscores. */
function functionName(written: string): string {
  const name = written
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return isName(name) ? name : 'function';
}

function missingMain(notes: ImportNotes): string {
  notes.left('main', 'wrangler.main');
  return 'src/index.ts';
}

/** Only the path is the function's: which hosts lead to the platform is said where it runs. */
function routesOf(project: Content, notes: ImportNotes): string[] {
  const one = project['route'] === undefined ? [] : [project['route']];
  const written = z
    .array(routeSchemaOfWorkers)
    .catch([])
    .parse([...one, ...arrayOf(project['routes'])]);
  const paths = written.map((pattern) => pattern.replace(/^[a-z*]+:\/\//i, '').replace(/^[^/]*/, '') || '/*');
  if (written.length > 0) notes.differs('routes', 'wrangler.routes');
  const routes = [...new Set(paths)];
  for (const path of routes.filter((path) => !routeSchema.safeParse(path).success)) {
    notes.left(`routes: ${path}`, 'wrangler.route');
  }
  return routes.filter((path) => routeSchema.safeParse(path).success);
}

/** Texts stay; what is no text becomes JSON, as the code will have to parse it. */
function varsOf(vars: unknown, notes: ImportNotes): Record<string, string> {
  const entries = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(vars));
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value === 'string') return [name, value];
      notes.differs(`vars.${name}`, 'wrangler.vars');
      return [name, JSON.stringify(value)];
    }),
  );
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Workers count weekdays from 1, which is Sunday, and in UTC. */
function schedulesOf(triggers: unknown, notes: ImportNotes): object[] {
  const { crons } = cronsSchema.parse(triggers);
  if (crons.length > 0) notes.differs('triggers.crons', 'wrangler.crons');
  return crons.flatMap((written, index) => {
    const fields = written.trim().split(/\s+/);
    const weekday = fields[4]?.replaceAll(/(?<![#\d/])[1-7](?!\d)/g, (day) => WEEKDAYS[Number(day) - 1]!);
    const cron = weekday === undefined ? written : [...fields.slice(0, 4), weekday].join(' ');
    const schedule = {
      name: crons.length === 1 ? 'cron' : `cron-${index + 1}`,
      cron,
      timezone: 'UTC',
      overlap: 'allow',
    };
    if (scheduleSchema.safeParse(schedule).success) return [schedule];
    notes.left(`triggers.crons: ${written}`, 'wrangler.cron');
    return [];
  });
}

function bindingsOf(project: Content, notes: ImportNotes): Record<string, object> {
  const { producers, consumers } = queuesSchema.parse(project['queues']);
  const found: [string, object][] = [
    ...kvSchema.parse(project['kv_namespaces']).map(({ binding }): [string, object] => [binding, { type: 'kv' }]),
    ...bucketSchema.parse(project['r2_buckets']).map(({ binding }): [string, object] => [binding, { type: 'bucket' }]),
    ...serviceSchema.parse(project['services']).map(({ binding, service }): [string, object] => {
      const name = functionName(service);
      const reason = notes.say('wrangler.name', { name });
      if (name !== service) notes.add({ key: `services: ${service}`, kind: 'differs', reason });
      return [binding, { type: 'service', function: name }];
    }),
    ...producers.map(({ binding, queue }): [string, object] => {
      const consumer = consumers.find((each) => each.queue === queue);
      if (consumer === undefined) notes.differs(`queues: ${queue}`, 'wrangler.producer-only');
      const { max_batch_size: batchSize, max_batch_timeout: seconds } = consumer ?? {};
      const batch = { batchSize, batchWait: seconds === undefined ? undefined : `${seconds}s` };
      return [binding, { type: 'queue', ...z.record(z.string(), z.unknown()).parse(withoutUndefined(batch)) }];
    }),
  ];
  const sent = new Set(producers.map(({ queue }) => queue));
  for (const { queue } of consumers.filter((each) => !sent.has(each.queue))) {
    notes.left(`queues: ${queue}`, 'wrangler.consumer-only');
  }
  if (found.some(([, { type }]: [string, { type?: string }]) => type === 'kv' || type === 'bucket')) {
    notes.differs('kv_namespaces, r2_buckets', 'wrangler.data');
  }
  return Object.fromEntries(found);
}

function limitsOf(limits: unknown): object {
  const { cpu_ms: cpuMs } = z
    .object({ cpu_ms: z.int().min(1).optional() })
    .catch({})
    .parse(limits);
  return withoutUndefined({ cpuMs });
}

const MAPPED: ReadonlySet<string> = new Set([
  ...['name', 'main', 'route', 'routes', 'vars', 'triggers', 'limits'],
  ...['kv_namespaces', 'r2_buckets', 'services', 'queues'],
]);

function noteOther(key: string, project: Content, notes: ImportNotes): void {
  if (MAPPED.has(key) || WITHOUT_MEANING.has(key)) return;
  const value = project[key];
  if (Array.isArray(value) && value.length === 0) return;
  const { kind, reason } = KNOWN_KEYS.get(key) ?? { kind: 'left', reason: 'wrangler.unknown' };
  notes[kind](key, reason);
}

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function withoutUndefined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}
