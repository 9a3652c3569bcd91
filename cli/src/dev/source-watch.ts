/**
 * Watches the sources of a function: its folder, and the folders beside it that its build read from. Packages are not
 * watched. Watches folders and not files, because editors replace files.
 */
import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';

/** What one save does to a folder (write, rename, change of mode) comes within this time. Milliseconds. */
const SETTLE_MS = 8;
/** A folder tree larger than that is watched in part: the build's own inputs always are. */
const MOST_FOLDERS = 1_000;

export class SourceWatch implements Disposable {
  readonly #root: string;
  readonly #onChange: (files: readonly string[]) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  /** `onChange` gets paths relative to the root. */
  constructor(root: string, onChange: (files: readonly string[]) => void) {
    this.#root = root;
    this.#onChange = onChange;
  }

  /** Watches what is there now. `inputs`: files of the last build, relative to the root. */
  async follow(inputs: readonly string[]): Promise<void> {
    const outside = inputs.filter((file) => !isPackage(file)).map((file) => join(this.#root, dirname(file)));
    const wanted = new Set([...outside, ...(await foldersOf(this.#root))]);
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) this.#watch(folder);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_, name) => this.#note(join(folder, name ?? '')));
      watcher.on('error', () => this.#forget(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder has gone meanwhile; its parent tells when it is back.
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #note(path: string): void {
    const file = relative(this.#root, path);
    if (isPackage(file) || isOwnData(file)) return;
    this.#changed.add(file);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const files = [...this.#changed].toSorted();
      this.#changed = new Set();
      this.#onChange(files);
    }, SETTLE_MS);
  }
}

const isPackage = (path: string): boolean => path.split('/').includes('node_modules');
const isOwnData = (path: string): boolean => path.split('/').some((part) => part === '.sovfn' || part === '.git');

async function foldersOf(root: string): Promise<string[]> {
  const found = [root];
  for (let at = 0; at < found.length && found.length < MOST_FOLDERS; at++) {
    const entries = await readdir(found[at]!, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      found.push(join(found[at]!, entry.name));
    }
  }
  return found;
}
