/** Keeps one function on the development platform as its folder is. One build at a time; what changes meanwhile is next. */
import { type Build, buildFunction, KeptPackages } from '@sovfn/builder';
import { errorClass, isSovfnError, PROTOCOL_VERSION, secretNames } from '@sovfn/protocol';
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { ControlClient } from '../api/control-client.ts';
import { deployBuild } from '../api/deploy-build.ts';
import type { DevEvent } from '../json/dev-events.ts';
import { keepTypes } from './env-types.ts';
import { buildInspected } from './inspected-build.ts';
import { LOCAL_FILE, type LocalValues, readLocalValues, unusedNames } from './local-values.ts';
import { SourceWatch } from './source-watch.ts';

const RANDOM_BYTES = 32;
/** What failed for a reason of the platform, such as a part that is being started again, is tried again. Milliseconds. */
const RETRY_MS = 1_000;

export interface ReloadOptions {
  readonly folder: string;
  readonly client: ControlClient;
  /** A debugger looks at it: it gets the time for that, and the debugger the places of its files. */
  readonly isInspected: boolean;
  readonly onEvent: (event: DevEvent) => void;
  /** A version of this name answers. Called again only when the name has changed. */
  readonly onNamed: (name: string, before: string | null) => Promise<void>;
}

export class FunctionReload implements Disposable {
  readonly #options: ReloadOptions;
  readonly #watch: SourceWatch;
  readonly #secrets = new Map<string, string>();
  readonly #warned = new Set<string>();
  readonly #packages = new KeptPackages();
  #build: Build | null = null;
  #changed: string[] = [];
  #working: Promise<void> | null = null;
  #isBroken = false;
  #retrying: NodeJS.Timeout | null = null;
  #isEnded = false;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#watch = new SourceWatch(options.folder, (files) => this.#onChange(files));
  }

  /** Null until a version of it answers. */
  get build(): Build | null {
    return this.#build;
  }

  get folder(): string {
    return this.#options.folder;
  }

  /** Resolves after the first build, also when it failed. */
  async start(): Promise<void> {
    this.#onChange([]);
    await this.settled();
  }

  /** Resolves when what is known to have changed answers, or could not be built. */
  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** Nothing is told from now on. */
  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#stopRetrying();
    this.#watch[Symbol.dispose]();
  }

  #onChange(files: readonly string[]): void {
    this.#changed.push(...files);
    this.#working ??= this.#work().finally(() => (this.#working = null));
  }

  async #work(): Promise<void> {
    do {
      const changed = [...new Set(this.#changed.splice(0))];
      await this.#reload(changed);
    } while (this.#changed.length > 0);
  }

  /** Never rejects: whatever goes wrong is told, and the next change tries again. */
  async #reload(changed: readonly string[]): Promise<void> {
    const startedAt = performance.now();
    const { folder, onEvent } = this.#options;
    this.#stopRetrying();
    const before = this.#build;
    try {
      const values = await readLocalValues(folder);
      const build = await this.#buildWith(values);
      const isNew = build.version !== before?.version;
      const hasNewSecrets = await this.#setSecrets(build, values);
      if (isNew) await this.#deploy(build, before);
      if (isNew || hasNewSecrets || this.#isBroken) {
        const durationMs = performance.now() - startedAt;
        const { name } = build.config;
        const sources = new Set([...build.inputs, ...(before?.inputs ?? []), LOCAL_FILE]);
        const shown = changed.filter((file) => sources.has(file));
        onEvent({ type: 'reloaded', function: name, version: build.version, durationMs, changed: shown });
      }
      this.#isBroken = false;
      await this.#watch.follow(build.inputs);
    } catch (error) {
      if (this.#isEnded) return;
      this.#isBroken = true;
      const { code, hint } = isSovfnError(error) ? error : { code: 'internal-error', hint: null };
      const message = error instanceof Error ? error.message : String(error);
      const name = before?.config.name ?? basename(folder);
      onEvent({ type: 'build-failed', function: name, version: before?.version ?? null, code, message, hint });
      if (isSovfnError(error) && errorClass(error.code) === 'system') this.#retryLater();
      await this.#watch.follow(before?.inputs ?? []);
    }
  }

  async #buildWith(vars: LocalValues): Promise<Build> {
    const { folder, isInspected } = this.#options;
    return isInspected
      ? buildInspected(folder, vars)
      : buildFunction(folder, { vars, mapsText: false, packages: this.#packages });
  }

  #retryLater(): void {
    this.#retrying = setTimeout(() => this.#onChange([]), RETRY_MS);
  }

  #stopRetrying(): void {
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    this.#retrying = null;
  }

  async #deploy(build: Build, before: Build | null): Promise<void> {
    const { folder, client, onNamed, onEvent } = this.#options;
    const { config, warnings } = build;
    await deployBuild(client, build, { release: { kind: 'current' }, acceptsEgress: true, signature: null });
    this.#build = build;
    await keepTypes(folder, config);
    for (const message of warnings) onEvent({ type: 'warning', function: config.name, message });
    if (config.name !== before?.config.name) await onNamed(config.name, before?.config.name ?? null);
  }

  /**
   * Secrets without a value get a random one, so that test deliveries can be signed. Resolves with whether one of a version
   * that answers has changed.
   */
  async #setSecrets({ config }: Build, values: LocalValues): Promise<boolean> {
    const { client, onEvent } = this.#options;
    let isChanged = false;
    for (const secret of secretNames(config)) {
      const key = `${config.name} ${secret}`;
      const known = this.#secrets.get(key);
      const value = values[secret] ?? known ?? `whsec_${randomBytes(RANDOM_BYTES).toString('base64')}`;
      if (value === known) continue;
      if (values[secret] === undefined) onEvent({ type: 'secret-made', function: config.name, secret });
      await client.setSecret(config.name, secret, { v: PROTOCOL_VERSION, value, overlapMs: null });
      this.#secrets.set(key, value);
      isChanged ||= known !== undefined;
    }
    for (const name of unusedNames(values, config)) this.#warnOnce(config.name, name);
    return isChanged;
  }

  #warnOnce(owner: string, name: string): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    this.#options.onEvent({ type: 'value-unused', function: owner, name });
  }
}
