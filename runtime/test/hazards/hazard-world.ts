/**
 * A whole platform in which hazards run: each in a tenant, and so in a cell, of its own, beside one neighbour tenant that
 * is called all the time.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { Neighbour } from './neighbour.ts';
import { TenantDeploys } from './tenant-deploys.ts';

/** A line of the node's log that is about a cell. */
export interface CellEntry {
  readonly event: string;
  readonly tenant?: string;
  readonly pid?: number;
  readonly kind?: string;
  readonly outcome?: string;
}

const PROGRAMS = new URL('programs/', import.meta.url);

/** With any other path the function says hello: so a call shows that it still works. */
const ENTRY = `import { hazard } from './hazard.js';
export default {
  fetch(request, env, ctx) {
    return new URL(request.url).pathname === '/hazard' ? hazard(request, env, ctx) : new Response('hello');
  },
};
`;

export class HazardWorld implements AsyncDisposable {
  readonly neighbour: Neighbour;
  readonly #platform: TestPlatform;
  readonly #deploys: TenantDeploys;
  readonly #folder: string;
  readonly #resources: AsyncDisposableStack;

  static async start(): Promise<HazardWorld> {
    await using resources = new AsyncDisposableStack();
    const platform = resources.use(await startPlatform());
    const folder = resources.use(await makeTemporaryFolder('hazards'));
    const deploys = resources.use(await TenantDeploys.open(platform));
    const world = new HazardWorld({ platform, deploys, folder: folder.path, resources });
    await world.#deployText('neighbour', 'export const hazard = null;', {});
    await world.hello('neighbour');
    return world;
  }

  private constructor(parts: {
    platform: TestPlatform;
    deploys: TenantDeploys;
    folder: string;
    resources: AsyncDisposableStack;
  }) {
    this.#platform = parts.platform;
    this.#deploys = parts.deploys;
    this.#folder = parts.folder;
    this.neighbour = new Neighbour(() => this.hello('neighbour'));
    this.#resources = parts.resources.move();
  }

  /** Makes the program a function of the tenant that has the program's name. */
  async deploy(program: string, limits: Readonly<Record<string, number>>): Promise<void> {
    await this.#deployText(program, await readFile(new URL(`${program}.js`, PROGRAMS), 'utf8'), limits);
  }

  /** The text of an ordinary call; throws when it is answered with an error. */
  async hello(program: string): Promise<string> {
    const response = await this.#platform.call(address(program, ''));
    if (!response.ok) throw new Error(`${program} answered ${response.status}: ${await response.text()}`);
    return response.text();
  }

  /** Where an ordinary call of the program's function goes. */
  addressOf(program: string): string {
    return `${this.#platform.publicUrl}${address(program, '')}`;
  }

  async runHazard(program: string): Promise<Response> {
    return this.#platform.call(address(program, 'hazard'));
  }

  /** What the node has logged of the tenant's cells, in order. */
  async cellEntries(tenant: string): Promise<CellEntry[]> {
    const text = await this.#platform.log('node');
    // The last line may be half written.
    const lines = text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as CellEntry).filter((entry) => entry.tenant === tenant);
  }

  /** The tenant's cell that was assigned last. */
  async cellPid(tenant: string): Promise<number> {
    const entries = await this.cellEntries(tenant);
    const pid = entries.findLast(({ event }) => event === 'cell-assigned')?.pid;
    if (pid === undefined) throw new Error(`tenant "${tenant}" has had no cell`);
    return pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #deployText(tenant: string, text: string, limits: object): Promise<void> {
    const folder = join(this.#folder, tenant);
    await mkdir(folder);
    const config = JSON.stringify({ name: 'hazard', main: 'index.js', limits });
    for (const [file, content] of Object.entries({ 'hazard.js': text, 'index.js': ENTRY, 'sovfn.jsonc': config })) {
      await writeFile(join(folder, file), content);
    }
    await this.#deploys.deploy(tenant, folder);
    // The gateway follows the registry: until it does, it says that there is no such function.
    while ((await this.#platform.call(address(tenant, ''))).status === 404);
  }
}

function address(tenant: string, path: string): string {
  return `/fn/${tenant}:hazard/${path}`;
}

export async function residentMb(pid: number): Promise<number> {
  const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
  return (pages * 4_096) / 2 ** 20;
}
