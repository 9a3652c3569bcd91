/**
 * Which developers sign for a tenant, as this node knows it: the first list that it saw, and from there each one that was signed
 * with a key of the list before. What it has followed it keeps on its own disk.
 *
 * Guarantees: whoever may write the bucket of lists can neither take a list back here nor put another one in its place; a list
 * is on the disk before anything is decided by it.
 * Not guaranteed: that the first list is the tenant's own, or that this node has seen the newest one.
 * Hostile: the bucket.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SignerLists, writeFileWhole } from '@sovfn/bus';
import { documentDigest, isName, jsonOrNull, type SignerList, signerListSchema, SovfnError } from '@sovfn/protocol';

export interface PinnedSignersOptions {
  readonly directory: string;
  readonly lists: SignerLists;
  readonly onFollowed: (list: SignerList) => void;
  /** A list was put there, or is no longer there, against what this node knows, which it goes on with. */
  readonly onRefused: (tenant: string, reason: string) => void;
  /** A list could not be written to the disk: the one before holds. */
  readonly onNotKept: (reason: string) => void;
}

const ENDING = '.json';

export class PinnedSigners {
  readonly #options: PinnedSignersOptions;
  readonly #known = new Map<string, SignerList>();
  readonly #listeners = new Set<() => void>();
  #following: Promise<void> = Promise.resolve();

  /** Resolves when everything that the bucket holds now has been followed. Throws `config-invalid`. */
  static async open(options: PinnedSignersOptions): Promise<PinnedSigners> {
    const pinned = new PinnedSigners(options);
    await pinned.#read();
    const { lists } = options;
    lists.onChange((tenant) => void pinned.#followLater(tenant));
    await Promise.all(
      [...new Set([...pinned.#known.keys(), ...lists.tenants()])].map((one) => pinned.#followLater(one)),
    );
    return pinned;
  }

  private constructor(options: PinnedSignersOptions) {
    this.#options = options;
  }

  /** Null: the tenant has none. */
  listOf(tenant: string): SignerList | null {
    return this.#known.get(tenant) ?? null;
  }

  /** Called after each list that is followed. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** One after the other. Never rejects. */
  #followLater(tenant: string): Promise<void> {
    this.#following = this.#following
      .then(() => this.#follow(tenant))
      .catch((error: unknown) => this.#options.onNotKept(String(error)));
    return this.#following;
  }

  async #follow(tenant: string): Promise<void> {
    const { lists, onRefused } = this.#options;
    const known = this.listOf(tenant);
    const { list, refused } = lists.follow(tenant, known);
    if (refused !== null) onRefused(tenant, refused);
    if (known !== null && !isHeld(lists, known)) onRefused(tenant, `list ${known.number} was taken away or replaced`);
    if (list === null || list === known) return;
    await this.#write(list);
    this.#known.set(tenant, list);
    this.#options.onFollowed(list);
    for (const listener of this.#listeners) listener();
  }

  async #read(): Promise<void> {
    const { directory } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const file of await readdir(directory)) {
      const tenant = file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : '';
      if (isName(tenant)) this.#known.set(tenant, await readList(join(directory, file), tenant));
    }
  }

  async #write(list: SignerList): Promise<void> {
    await writeFileWhole(join(this.#options.directory, `${list.tenant}${ENDING}`), JSON.stringify(list));
  }
}

function isHeld(lists: SignerLists, known: SignerList): boolean {
  const held = lists.at(known.tenant, known.number);
  return held !== null && documentDigest(held.list) === documentDigest(known);
}

/** A list that cannot be read is no reason to believe the next best one. */
async function readList(path: string, tenant: string): Promise<SignerList> {
  const parsed = signerListSchema.safeParse(jsonOrNull(await readFile(path, 'utf8')));
  if (parsed.success && parsed.data.tenant === tenant) return parsed.data;
  throw new SovfnError(
    'config-invalid',
    `${path} is not the list of signers that this node wrote for tenant "${tenant}"`,
    {
      hint: 'Restore it from a backup, or from another node: without it the node would believe whatever the bus shows it.',
    },
  );
}
