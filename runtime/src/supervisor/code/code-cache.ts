import { createHash } from 'node:crypto';
import { cpus } from 'node:os';
import type { Compiler } from '../../compile/compiler.ts';
import type { SealedFiles } from './sealed-files.ts';

export interface CodeCacheOptions {
  readonly files: SealedFiles;
  readonly compiler: Pick<Compiler, 'compile' | 'rehearse'>;
  /** Everything besides the script that V8's machine code depends on (see `codeTarget`). */
  readonly target: string;
  /** A script could not be compiled or kept: it runs without a cache. */
  readonly onFailed: (reason: string) => void;
}

/**
 * V8 code cache of scripts, made on this node by the compile process and kept sealed: V8 itself accepts a changed byte,
 * and the cache of another script of the same length (measured).
 */
export class CodeCache {
  readonly #options: CodeCacheOptions;
  readonly #making = new Map<string, Promise<Buffer | null>>();

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  /** The cache of a script, or null when there is none yet. */
  async read(script: Uint8Array): Promise<Buffer | null> {
    return this.#options.files.read(this.#name(script));
  }

  /** The cache of a script, compiled when there is none; null when that fails. Concurrent calls compile once. */
  async readOrMake(script: Uint8Array): Promise<Buffer | null> {
    return this.#readOrMake(this.#name(script), () => this.#options.compiler.compile(script));
  }

  /** As `readOrMake`, for the prelude: with what its first calls compile. */
  async readOrRehearse(prelude: Uint8Array): Promise<Buffer | null> {
    return this.#readOrMake(this.#name(prelude), () => this.#options.compiler.rehearse(prelude));
  }

  async #readOrMake(name: string, compile: () => Promise<Buffer>): Promise<Buffer | null> {
    const kept = await this.#options.files.read(name);
    if (kept !== null) return kept;
    const making = this.#making.get(name) ?? this.#make(name, compile);
    this.#making.set(name, making);
    return making;
  }

  async #make(name: string, compile: () => Promise<Buffer>): Promise<Buffer | null> {
    try {
      const cache = await compile();
      await this.#options.files.write(name, cache);
      return cache;
    } catch (error) {
      this.#options.onFailed(String(error));
      return null;
    } finally {
      this.#making.delete(name);
    }
  }

  #name(script: Uint8Array): string {
    const scriptHash = createHash('sha256').update(script).digest('hex');
    return createHash('sha256').update(`${scriptHash}\n${this.#options.target}`).digest('hex');
  }
}

/** How the compile process makes caches; raised when it makes them in another way. */
const RECIPE = 'recipe 2';

/** What V8's code depends on here: its version, Node's flags, the processor, and how it is made. */
export function codeTarget(nodeFlags: readonly string[]): string {
  const model = cpus()[0]?.model ?? 'unknown';
  return [RECIPE, process.versions.v8, process.versions.node, process.arch, model, ...nodeFlags].join('\n');
}
