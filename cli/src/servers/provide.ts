/**
 * Provides the binary of a server: explicit path → PATH → cache → official release → `go install`.
 *
 * Guarantees: a binary that is returned runs and is of a sufficient version; what came from the network has its pinned
 * hash; concurrent callers share one installation; an interrupted installation leaves nothing that is ever used.
 * An explicit path is an order: when it does not work, that is an error and nothing else is tried.
 */
import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { waitForLock } from '../processes/lock.ts';
import { entryFolder, openEntry, removeFolder, removePartialFolders, serverCacheFolder } from './cache.ts';
import { type ServerName, SERVERS, type ServerSpec } from './catalogue.ts';
import { installServer } from './install.ts';
import { isAtLeastFloor, probeBinary } from './probe.ts';
import type { OnServerProgress, ServerStep } from './progress.ts';

/** A build takes minutes; whoever waits longer than this for another's has been forgotten. */
const LOCK_TIMEOUT_MS = 30 * 60_000;

export interface ProvidedServer {
  readonly path: string;
  readonly step: ServerStep;
}

export interface ProvideOptions {
  /** A binary to use whatever else there is; before the server's environment variable. */
  readonly path?: string;
  readonly onProgress?: OnServerProgress;
  /** Ends a wait, a download or a build. */
  readonly signal?: AbortSignal;
  /** Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** @throws SovfnError `server-unavailable`, naming every step tried and what to do. */
export async function provideServer(name: ServerName, options: ProvideOptions = {}): Promise<ProvidedServer> {
  return provideFrom(SERVERS[name], options);
}

/** `provideServer` for any description of a server. */
export async function provideFrom(spec: ServerSpec, options: ProvideOptions): Promise<ProvidedServer> {
  const search = new Search(spec, options);
  const provided = (await search.find()) ?? (await search.install());
  options.onProgress?.({ type: 'ready', server: spec.name, ...provided });
  return provided;
}

/** A server that is there already; null when it would have to be installed. */
export async function findServer(spec: ServerSpec, options: ProvideOptions): Promise<ProvidedServer | null> {
  return new Search(spec, options).find();
}

class Search {
  readonly #spec: ServerSpec;
  readonly #path: string | null;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #report: OnServerProgress;
  readonly #cache: string;
  readonly #signal: AbortSignal;
  readonly #tried: string[] = [];

  constructor(spec: ServerSpec, options: ProvideOptions) {
    this.#spec = spec;
    this.#environment = options.environment ?? process.env;
    this.#path = options.path ?? (this.#environment[spec.variable] || null);
    this.#report = options.onProgress ?? (() => undefined);
    this.#cache = serverCacheFolder(this.#environment);
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async find(): Promise<ProvidedServer | null> {
    if (this.#path !== null) return this.#useExplicit(this.#path);
    return (await this.#findOnPath()) ?? (await this.#findInCache());
  }

  async #useExplicit(path: string): Promise<ProvidedServer> {
    const { name, floor, variable } = this.#spec;
    const probe = await probeBinary(this.#spec, path);
    const options = {
      hint: `Correct or unset ${variable}; without it, sovfn installs ${name} itself.`,
      facts: { path },
    };
    if (!probe.runs)
      throw new SovfnError('server-unavailable', `${name} at ${path} does not run: ${probe.reason}.`, options);
    // A build without a version number is accepted here, because someone chose it by name.
    if (probe.version === null || isAtLeastFloor(this.#spec, probe.version)) return { path, step: 'explicit' };
    const text = `${name} at ${path} is version ${probe.version}; sovfn needs ${floor} or later.`;
    throw new SovfnError('server-unavailable', text, options);
  }

  async #findOnPath(): Promise<ProvidedServer | null> {
    const { name, floor } = this.#spec;
    const candidates = await executablesOnPath(this.#environment.PATH ?? '', name);
    if (candidates.length === 0) this.#note('path', `no ${name} on PATH`);
    for (const path of candidates) {
      const probe = await probeBinary(this.#spec, path);
      if (!probe.runs) this.#note('path', probe.reason);
      else if (probe.version === null) this.#note('path', `${path} does not say which version it is`);
      else if (!isAtLeastFloor(this.#spec, probe.version)) {
        this.#note('path', `${path} is version ${probe.version}, older than ${floor}`);
      } else return { path, step: 'path' };
    }
    return null;
  }

  async #findInCache(): Promise<ProvidedServer | null> {
    for (const way of this.#spec.ways) {
      const entry = await openEntry(entryFolder(this.#cache, this.#spec.name, way), this.#spec.name);
      if (entry.state === 'valid') return { path: entry.path, step: 'cache' };
      if (entry.state === 'corrupt') this.#note('cache', `refused: ${entry.reason}`);
    }
    this.#note('cache', `nothing usable in ${this.#cache}`);
    return null;
  }

  async install(): Promise<ProvidedServer> {
    const { name } = this.#spec;
    await mkdir(this.#cache, { recursive: true, mode: 0o700 });
    const { lock, owner } = await waitForLock(join(this.#cache, `${name}.lock`), {
      timeoutMs: LOCK_TIMEOUT_MS,
      signal: this.#signal,
      onWait: ({ pid }) => this.#report({ type: 'waiting', server: name, ownerPid: pid }),
    });
    if (lock === null) {
      const text = `Process ${owner.pid} has been installing ${name} for more than ${LOCK_TIMEOUT_MS / 60_000} minutes.`;
      throw new SovfnError('server-unavailable', text, { hint: 'End that process and start again.' });
    }
    await using _held = lock;
    return (await this.#installedMeanwhile()) ?? (await this.#installByAnyWay());
  }

  async #installedMeanwhile(): Promise<ProvidedServer | null> {
    for (const way of this.#spec.ways) {
      const folder = entryFolder(this.#cache, this.#spec.name, way);
      const entry = await openEntry(folder, this.#spec.name);
      if (entry.state === 'valid') return { path: entry.path, step: 'cache' };
      if (entry.state === 'corrupt') await removeFolder(folder);
    }
    await removePartialFolders(this.#cache, this.#spec.name);
    return null;
  }

  async #installByAnyWay(): Promise<ProvidedServer> {
    for (const way of this.#spec.ways) {
      try {
        const path = await installServer(this.#spec, way, {
          cache: this.#cache,
          environment: this.#environment,
          report: this.#report,
          signal: this.#signal,
        });
        return { path, step: way.kind };
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#note(way.kind, describe(error));
      }
    }
    throw this.#nothingWorked();
  }

  #nothingWorked(): SovfnError {
    const { name, floor, variable } = this.#spec;
    const tried = this.#tried.map((line) => `\n  - ${line}`).join('');
    return new SovfnError('server-unavailable', `${name} could not be provided. Tried:${tried}`, {
      hint: `Install ${name} ${floor} or later and set ${variable} to it, or install Go, or allow access to the official release.`,
      facts: { tried: this.#tried },
    });
  }

  #note(step: ServerStep, result: string): void {
    this.#tried.push(`${step}: ${result}`);
    this.#report({ type: 'tried', server: this.#spec.name, step, result });
  }
}

async function executablesOnPath(path: string, name: string): Promise<string[]> {
  const candidates = path.split(delimiter).filter(isAbsolute);
  const found: string[] = [];
  for (const folder of candidates) {
    const candidate = join(folder, name);
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) found.push(candidate);
  }
  return found;
}

/** The reason of a failed step in one line; network errors keep theirs in `cause`. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
