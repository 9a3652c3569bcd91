import { appendFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { ROOT } from '../paths.ts';

/** A function with real dependencies (Hono, Zod): its bundle has the size of one that a company would deploy. */
const EXAMPLE = join(ROOT, 'examples/api-hono');

/** Folders with copies of an example, each of other content, outside the repository. */
export class ExampleCopies implements AsyncDisposable {
  readonly #root: string;
  readonly #folder: AsyncDisposable;
  #changes = 0;

  static async open(): Promise<ExampleCopies> {
    const folder = await makeTemporaryFolder('copies');
    // Imports of a copy resolve as those of the example do.
    await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
    return new ExampleCopies(folder.path, folder);
  }

  private constructor(root: string, folder: AsyncDisposable) {
    this.#root = root;
    this.#folder = folder;
  }

  /** Folder of all copies. */
  get root(): string {
    return this.#root;
  }

  /** Makes a function folder of that name and returns its path. */
  async make(name: string): Promise<string> {
    const path = join(this.#root, name);
    await mkdir(path);
    await cp(join(EXAMPLE, 'src'), join(path, 'src'), { recursive: true });
    const config = { name, main: 'src/index.ts', vars: { MAX_LINES: '500' }, outputs: 'none' };
    await writeFile(join(path, 'sovfn.jsonc'), JSON.stringify(config));
    await this.change(name);
    return path;
  }

  /** Adds a statement that no other copy has, so that bundle and version are new. */
  async change(name: string): Promise<void> {
    const change = ++this.#changes;
    await appendFile(join(this.#root, name, 'src/index.ts'), `globalThis.change = ${change};\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
