/** What of a Workers project is not there, or is there in another way, with the reason and what to do. */
import type { PlainMessageKey, Say } from '../language.ts';

export interface ImportNote {
  /** Of the project's own file. */
  readonly key: string;
  /** `left`: it is not in `sovfn.jsonc`. `differs`: it is, and behaves in another way. */
  readonly kind: 'left' | 'differs';
  readonly reason: string;
}

/** Notes in the order in which they come up, in the user's language. */
export class ImportNotes {
  readonly say: Say;
  readonly all: ImportNote[] = [];

  constructor(say: Say) {
    this.say = say;
  }

  left(key: string, reason: PlainMessageKey): void {
    this.add({ key, kind: 'left', reason: this.say(reason) });
  }

  differs(key: string, reason: PlainMessageKey): void {
    this.add({ key, kind: 'differs', reason: this.say(reason) });
  }

  add(note: ImportNote): void {
    this.all.push(note);
  }
}

type KnownKey = Pick<ImportNote, 'kind'> & { readonly reason: PlainMessageKey };

const left = (reason: PlainMessageKey): KnownKey => ({ kind: 'left', reason });
const differs = (reason: PlainMessageKey): KnownKey => ({ kind: 'differs', reason });

/** Keys that nothing is made of. */
export const KNOWN_KEYS: ReadonlyMap<string, KnownKey> = new Map(
  Object.entries({
    compatibility_flags: differs('wrangler.node-modules'),
    node_compat: differs('wrangler.node-modules'),
    durable_objects: left('wrangler.durable-objects'),
    migrations: left('wrangler.migrations'),
    d1_databases: left('wrangler.sql'),
    hyperdrive: left('wrangler.database'),
    ai: left('wrangler.model'),
    vectorize: left('wrangler.vectors'),
    browser: left('wrangler.browser'),
    analytics_engine_datasets: left('wrangler.analytics'),
    send_email: left('wrangler.mail'),
    workflows: left('wrangler.workflows'),
    containers: left('wrangler.containers'),
    assets: left('wrangler.static-files'),
    site: left('wrangler.static-files'),
    dispatch_namespaces: left('wrangler.dispatch'),
    mtls_certificates: left('wrangler.client-certificates'),
    wasm_modules: differs('wrangler.web-assembly'),
    text_blobs: left('wrangler.text-file'),
    data_blobs: left('wrangler.data-file'),
    rules: left('wrangler.rules'),
    build: left('wrangler.build'),
    alias: left('wrangler.alias'),
    define: left('wrangler.define'),
    placement: differs('wrangler.placement'),
    logpush: left('wrangler.log-push'),
    tail_consumers: left('wrangler.tail'),
    unsafe: left('wrangler.unknown'),
    secrets_store_secrets: differs('wrangler.secret-store'),
  }),
);
