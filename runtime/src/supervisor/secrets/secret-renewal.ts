import type { VersionName } from '../code/bundle-store.ts';
import type { FunctionVersion, HeldVersion } from '../cells/held-version.ts';
import type { TenantCell } from '../cells/tenant-cell.ts';
import { type HeldSecrets, isOutdated, type SecretReader } from './secret-reader.ts';

export interface SecretRenewalOptions {
  readonly cells: () => Iterable<TenantCell>;
  /** Last versions of a function's secrets, as its record says. */
  readonly versionsOf: (tenant: string, name: string) => Readonly<Record<string, number>>;
  readonly reader: SecretReader;
  readonly onRenewed: (cell: TenantCell, version: FunctionVersion) => void;
  readonly onFailed: (cell: TenantCell, version: FunctionVersion, reason: string) => void;
}

/** For what failed, and for versions that were being loaded when their record changed. */
const LOOK_MS = 1_000;

/**
 * Brings changed secrets to where older ones are used. A cell whose code reads the value itself replaces its isolates, and
 * loses no call; placeholders stay as they are.
 */
export class SecretRenewal {
  readonly #options: SecretRenewalOptions;
  readonly #underWay = new WeakSet<HeldVersion>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: SecretRenewalOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** To be called when a function's record has changed. */
  look(): void {
    for (const cell of this.#options.cells()) {
      for (const held of cell.versions.values()) {
        if (this.#isOutdated(cell, held) && !this.#underWay.has(held)) void this.#renew(cell, held);
      }
    }
  }

  #isOutdated({ tenant }: TenantCell, held: HeldVersion): boolean {
    return held.secrets !== null && isOutdated(held.secrets, this.#options.versionsOf(tenant, held.function));
  }

  /** Never rejects: what fails is tried again. */
  async #renew(cell: TenantCell, held: HeldVersion): Promise<void> {
    const { reader, onRenewed, onFailed } = this.#options;
    this.#underWay.add(held);
    try {
      const of: VersionName = { tenant: cell.tenant, function: held.function, version: held.version };
      const secrets: HeldSecrets = await reader.read(cell.zone, of, Object.keys(held.secrets!.versions));
      cell.renew(held, secrets);
      onRenewed(cell, held);
    } catch (error) {
      onFailed(cell, held, String(error));
    } finally {
      this.#underWay.delete(held);
    }
  }
}
