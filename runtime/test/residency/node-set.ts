/** Nodes of a platform that come and go: real supervisors in this process, with labels that the platform has signed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUserCredential, encodeCredential, enrolComponent, openPlatformSigner } from '@sovfn/bus';
import { type Place, supervisorPermissions, zonesOf } from '@sovfn/protocol';
import { makeTemporaryFolder, PARIS, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { startSupervisor, type Supervisor, type SupervisorConfig, supervisorConfigSchema } from '../../src/index.ts';

const COUNTRIES = { paris: 'FR', lyon: 'FR', bonn: 'DE' } as const;
export type NodeName = keyof typeof COUNTRIES;
export const NODES = Object.keys(COUNTRIES) as NodeName[];
export const ZONES = ['fr', 'eu'] as const;
export type Zone = (typeof ZONES)[number];

const MEMORY_MB = 512;
const VALID_MS = 3_600_000;

const placeOf = (node: NodeName): Place => ({ ...PARIS, region: null, city: null, country: COUNTRIES[node] });

/** Those of the zones of the tests that the node's labels satisfy. */
const zonesOfNode = (node: NodeName): Zone[] => ZONES.filter((zone) => zonesOf(placeOf(node)).includes(zone));

/** The nodes that may run what belongs to the zone. */
export const nodesIn = (zone: Zone, among: readonly NodeName[] = NODES): NodeName[] =>
  among.filter((node) => zonesOfNode(node).includes(zone));

export class NodeSet implements AsyncDisposable {
  readonly #running = new Map<NodeName, Supervisor>();
  readonly #configs: ReadonlyMap<NodeName, SupervisorConfig>;
  readonly #folder: TemporaryFolder;

  private constructor(configs: ReadonlyMap<NodeName, SupervisorConfig>, folder: TemporaryFolder) {
    this.#configs = configs;
    this.#folder = folder;
  }

  /** Enrols the nodes; none runs yet. */
  static async of({ data }: Pick<TestPlatform, 'data'>): Promise<NodeSet> {
    const folder = await makeTemporaryFolder('nodes');
    const read = (...path: string[]): Promise<string> => readFile(join(data, ...path), 'utf8');
    const own = supervisorConfigSchema.parse(JSON.parse(await read('run', 'node.json')));
    const accountSeed = (await read('keys', 'account.seed')).trim();
    const platformKeyFile = join(data, 'platform-key.json');
    const signer = await openPlatformSigner(join(data, 'keys', 'platform-signing.key'), platformKeyFile);
    const issuedAt = new Date();
    const period = { issuedAt, expiresAt: new Date(issuedAt.getTime() + VALID_MS) };
    const configs = new Map<NodeName, SupervisorConfig>();
    for (const node of NODES) {
      const at = (name: string): string => join(folder.path, `${node}-${name}`);
      const zones = zonesOfNode(node);
      const directory = at('identity');
      await enrolComponent(signer, { ...period, directory, role: 'node', name: node, place: placeOf(node) });
      const permissions = supervisorPermissions(node, zones, COUNTRIES[node]);
      const credential = await createUserCredential({ accountSeed, name: node, permissions, expiresAt: null });
      await writeFile(at('creds'), encodeCredential(credential));
      configs.set(node, {
        ...own,
        ...{ node, zones, identity: { directory, platformKeyFile }, bus: { ...own.bus, credsFile: at('creds') } },
        ...{ cacheDir: at('cache'), memoryMb: MEMORY_MB, prewarmedCells: 0 },
      });
    }
    return new NodeSet(configs, folder);
  }

  /** Where the node's credential is good for something. */
  busOf(node: NodeName): { readonly address: { host: string; port: number }; readonly credsFile: string } {
    const { host, port, credsFile } = this.#configs.get(node)!.bus;
    return { address: { host, port }, credsFile };
  }

  /** Resolves when these nodes run, and no others. */
  async become(wanted: readonly NodeName[]): Promise<void> {
    const stopping = [...this.#running].filter(([node]) => !wanted.includes(node));
    await Promise.all(stopping.map(([node, supervisor]) => this.#stop(node, supervisor)));
    // One after the other: the end of one start stops the bundler, which all in a process share.
    for (const node of wanted) if (!this.#running.has(node)) await this.#start(node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.become([]);
    await this.#folder[Symbol.asyncDispose]();
  }

  async #start(node: NodeName): Promise<void> {
    this.#running.set(node, await startSupervisor(this.#configs.get(node)!, { log: () => undefined }));
  }

  async #stop(node: NodeName, supervisor: Supervisor): Promise<void> {
    await supervisor.close();
    this.#running.delete(node);
  }
}
