/**
 * Changes which version of a function answers, without storing any: back to an older one, on to a tried one, or two at
 * once. The record is the moment: it brings code, configuration, routes and schedules with it, because all of them are the
 * manifest's. Calls that have begun end on the version that they began on.
 *
 * It waits for no deploy: whoever rolls back must not queue behind uploads.
 */
import {
  definitionIn,
  type FunctionRecord,
  PROTOCOL_VERSION,
  signatureOf,
  type Rollback,
  shortVersion,
  SovfnError,
  type SplitRequest,
  type VersionChange,
} from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';
import { missingSecrets } from '../../secrets/used-secrets.ts';
import { functionUrls, unknownFunction } from '../functions.ts';
import { checkRoutes, checkStorePlace, checkZone } from './check-request.ts';
import { checkSignature } from './check-signature.ts';
import { findVersion } from './find-version.ts';
import { type RecordChange, RecordWriter } from './record-writer.ts';
import {
  endSplit,
  isOlder,
  makeCurrent,
  type ReleasedVersion,
  rollBack,
  startSplit,
  versionBefore,
} from './releases.ts';
import { newSplit } from './splits.ts';
import { VersionObjects } from './version-objects.ts';

export class VersionChanges {
  readonly #context: GatewayContext;
  readonly #objects: VersionObjects;
  readonly #records: RecordWriter;

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#objects = new VersionObjects({
      store: context.store,
      bucket: context.config.store.bundles,
      keys: context.keys,
    });
    this.#records = new RecordWriter(context.registry);
  }

  /**
   * Back to an older version; without one, a split ends, or the version before the current one answers again. Throws
   * `version-not-found`, `route-conflict`, `unknown-zone`, `store-out-of-zone`, `signature-refused`.
   */
  async rollback(tenant: string, name: string, prefix: string | null): Promise<VersionChange> {
    return this.#change(tenant, name, async (before) => {
      const rollback: Rollback = { at: new Date().toISOString(), reason: 'asked', detail: null };
      if (prefix === null && before.split !== null) return endSplit(before, rollback);
      const target = prefix === null ? versionBefore(before) : findVersion(before, prefix);
      if (target === null) throw noOlderVersion(name);
      if (!isOlder(before, target.version)) throw notOlder(before, target.version);
      return rollBack(before, await this.#released(before, target.version), rollback);
    });
  }

  /** A version answers everybody; without one, the one that has a share of the callers. */
  async promote(tenant: string, name: string, prefix: string | null): Promise<VersionChange> {
    return this.#change(tenant, name, async (before) => {
      const { split, current } = before;
      if (prefix === null && split === null) throw nothingToPromote(name);
      const version = prefix === null ? split!.version : findVersion(before, prefix).version;
      if (version === current) return endSplit(before, null);
      return makeCurrent(tenant, before, await this.#released(before, version));
    });
  }

  /** A version gets a share of the callers; without one, that of the split there is, else the newest preview. */
  async split(tenant: string, name: string, { version: prefix, ...asked }: SplitRequest): Promise<VersionChange> {
    return this.#change(tenant, name, (before) => {
      const version = prefix === null ? versionToTry(before) : findVersion(before, prefix).version;
      if (version === before.current) throw splitWithItself(before);
      this.#checkSigned(before, version);
      return startSplit(before, newSplit(version, asked));
    });
  }

  async endSplit(tenant: string, name: string): Promise<VersionChange> {
    return this.#change(tenant, name, (before) => endSplit(before, null));
  }

  async #change(
    tenant: string,
    name: string,
    change: (before: FunctionRecord) => FunctionRecord | Promise<FunctionRecord>,
  ): Promise<VersionChange> {
    const changed = await this.#records.change(tenant, name, (before) => {
      if (before === null) throw unknownFunction(this.#context, tenant, name);
      return change(before);
    });
    return this.#describe(tenant, changed);
  }

  /** The manifest of a version that is about to answer, checked as a deploy's is. */
  async #released(record: FunctionRecord, version: string): Promise<ReleasedVersion> {
    const { config, labels, registry } = this.#context;
    this.#checkSigned(record, version);
    const { tenant, name } = record;
    const manifest = await this.#objects.manifest(tenant, name, version);
    checkZone(manifest, config.zones);
    checkStorePlace(manifest, config.store.place);
    checkRoutes(tenant, manifest, registry.all());
    return { version, manifest, namedZone: definitionIn(labels, manifest.config.residency) };
  }

  /** Throws `signature-refused`. */
  #checkSigned(record: FunctionRecord, version: string): void {
    const { tenant, name } = record;
    const list = this.#context.signerLists.latest(tenant);
    checkSignature(list, { tenant, function: name, version }, signatureOf(record, version));
  }

  #describe(tenant: string, { before, record }: RecordChange): VersionChange {
    const { name, current, split, manifest } = record;
    return {
      v: PROTOCOL_VERSION,
      function: name,
      current,
      before: before?.current ?? current,
      split,
      urls: functionUrls(this.#context, record),
      missingSecrets: missingSecrets(this.#context.secrets, { tenant, function: name }, manifest.config),
    };
  }
}

function versionToTry({ name, split, versions }: FunctionRecord): string {
  const version = split?.version ?? versions.find((entry) => !entry.wasCurrent && entry.rolledBack === null)?.version;
  if (version !== undefined) return version;
  throw new SovfnError('version-not-found', `"${name}" has no preview that could get a share of its callers`, {
    hint: 'Deploy one with --preview, or name a version with --version.',
  });
}

function noOlderVersion(name: string): SovfnError {
  return new SovfnError('version-not-found', `"${name}" has no older version to go back to`, {
    hint: `sovfn versions ${name} shows those there are; sovfn promote makes any of them answer.`,
  });
}

function notOlder({ name, current }: FunctionRecord, version: string): SovfnError {
  const [asked, answering] = [shortVersion(version), shortVersion(current)];
  const reason =
    version === current ? `${asked} is the current version` : `${asked} was not current before ${answering}`;
  return new SovfnError('version-not-found', `"${name}" cannot be rolled back to ${asked}: ${reason}`, {
    hint: `sovfn promote ${name} ${asked} makes any version answer.`,
  });
}

function nothingToPromote(name: string): SovfnError {
  return new SovfnError('version-not-found', `"${name}" has no split whose version could be promoted`, {
    hint: `Name a version: sovfn versions ${name} shows those there are.`,
  });
}

function splitWithItself({ name, current }: FunctionRecord): SovfnError {
  return new SovfnError('bad-request', `${shortVersion(current)} is the current version of "${name}" already`, {
    hint: 'A split is between the current version and another one.',
  });
}
