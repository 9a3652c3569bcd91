/** Why something of a Workers project is not there, or is there in another way, and what to do. */

export interface ImportNote {
  /** Of the project's own file. */
  readonly key: string;
  /** `left`: it is not in `sovfn.jsonc`. `differs`: it is, and behaves in another way. */
  readonly kind: 'left' | 'differs';
  readonly reason: string;
}

type KnownKey = Omit<ImportNote, 'key'>;

const left = (reason: string): KnownKey => ({ kind: 'left', reason });
const differs = (reason: string): KnownKey => ({ kind: 'differs', reason });

const STATE = 'Keep state in a kv or bucket binding, or in a database that fetch reaches.';

export const REASONS = {
  egress: 'Functions reach only what "egress" lists. List the origins that the code fetches.',
  environments: 'A function has one configuration. Import each environment into a folder of its own with --env.',
  noEnvironment: 'The file has no such environment: the top of the file was taken.',
  name: 'Names are of a–z, 0–9 and -',
  main: 'The file names no entry. Name it in "main".',
  routes: 'Only the paths are in "routes". Which hosts lead to the platform is set where it runs.',
  route: 'This is no path of a route: a * is possible as the last segment only.',
  vars: 'Vars are texts: this one holds JSON, which the code must parse.',
  crons: 'They run in UTC, as before. Set "timezone" for local time, and choose "overlap" and "missed".',
  cron: 'This cron expression is not known here. `sovfn schedules preview --cron` tells what is.',
  producerOnly: 'What is sent comes to the queue() handler of this function; another function cannot consume it.',
  consumerOnly: 'Messages come from the function that has the queue binding. Move the queue() handler there.',
  data: 'Data stays where it is: copy what the function needs into the new bindings.',
  secrets:
    'The code reads their values, as before. Those that fetch only sends are safer with "hosts" in place of "expose".',
  unknown: 'There is nothing like it here.',
  keys: {
    compatibility_flags: differs('Of Node, the modules in docs/packages.md are there, without a flag.'),
    node_compat: differs('Of Node, the modules in docs/packages.md are there, without a flag.'),
    durable_objects: left(`There are no durable objects. ${STATE}`),
    migrations: left('They belong to durable objects.'),
    d1_databases: left(`There is no SQL database. ${STATE}`),
    hyperdrive: left('There are no database connections: reach a database over HTTP.'),
    ai: left('Reach a model over HTTP: list its origin in "egress".'),
    vectorize: left('Reach a vector database over HTTP: list its origin in "egress".'),
    browser: left('There is no browser.'),
    analytics_engine_datasets: left('Write to a bucket or to the log; `sovfn metrics` counts calls.'),
    send_email: left('Send mail over the HTTP API of a provider.'),
    workflows: left('Chain events: an asynchronous call for each step, with retries.'),
    containers: left('Functions are JavaScript or WebAssembly.'),
    assets: left('There are no static files: import them into the bundle, or serve them beside the platform.'),
    site: left('There are no static files: import them into the bundle, or serve them beside the platform.'),
    dispatch_namespaces: left('Use service bindings.'),
    mtls_certificates: left('There are no client certificates for fetch.'),
    wasm_modules: differs('Import the file; "limits.wasmMemoryMb" gives WebAssembly its memory.'),
    text_blobs: left('Import the file as text.'),
    data_blobs: left('Import the file.'),
    rules: left('Text and JSON files can be imported without rules.'),
    build: left('Run your own build first; "main" names its result.'),
    alias: left('Use "paths" of tsconfig.json.'),
    define: left('Use vars.'),
    placement: differs('"residency" says in which zone it runs.'),
    logpush: left('`sovfn logs` keeps entries for as many days as `logs.days` says.'),
    tail_consumers: left('`sovfn logs --follow` shows what is logged.'),
    unsafe: left('There is nothing like it here.'),
    secrets_store_secrets: differs('Name them in "secrets", and set each with `sovfn secrets set`.'),
  } as Readonly<Record<string, KnownKey>>,
} as const;
