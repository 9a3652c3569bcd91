/**
 * Makes versions answer and functions disappear.
 *
 * Guarantees: code, map and manifest are in the object store before any record names them; a record is replaced whole,
 * by compare-and-set, so of two deploys at once one follows the other and neither is mixed; when a deploy has been
 * answered, this gateway sends calls to the new version (other gateways and nodes follow within their watch's delay).
 * Not guaranteed: that two gateways refuse the same route asked for at the same moment; then the older function has it.
 */
import {
  definitionIn,
  type DeleteResponse,
  type DeployRequest,
  type DeployResponse,
  type ExportedCode,
  type FunctionRecord,
  PROTOCOL_VERSION,
  reachChange,
  type Release,
  SovfnError,
} from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';
import { newestVersions } from '../../secrets/announce-versions.ts';
import { missingSecrets } from '../../secrets/used-secrets.ts';
import { functionUrls, previewUrl, unknownFunction } from '../functions.ts';
import { checkDeployRequest, checkEgress, checkRoutes, checkStorePlace, checkZone } from './check-request.ts';
import { checkNewSignature } from './check-signature.ts';
import { acceptFirstCountries, describeCountries } from './countries.ts';
import { RecordWriter } from './record-writer.ts';
import { addPreview, makeCurrent, signEntry, startSplit } from './releases.ts';
import { SerialQueue } from './serial-queue.ts';
import { newSplit } from './splits.ts';
import { VersionObjects } from './version-objects.ts';

/** Each waiting deploy holds its request in memory. */
const WAITING_DEPLOYS = 16;

export class Deployer {
  readonly #context: GatewayContext;
  readonly #objects: VersionObjects;
  readonly #records: RecordWriter;
  readonly #queue = new SerialQueue(WAITING_DEPLOYS);

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#objects = new VersionObjects({
      store: context.store,
      bucket: context.config.store.bundles,
      keys: context.keys,
    });
    this.#records = new RecordWriter(context.registry);
  }

  async deploy(tenant: string, name: string, request: DeployRequest): Promise<DeployResponse> {
    checkDeployRequest(name, request);
    checkZone(request.manifest, this.#context.config.zones);
    checkStorePlace(request.manifest, this.#context.config.store.place);
    return this.#queue.run(() => this.#deployNext(tenant, name, request));
  }

  /** What was deployed as a version. Throws `version-not-found`, `key-unavailable`, `store-unavailable`. */
  exportCode(tenant: string, name: string, version: string): Promise<ExportedCode> {
    return this.#objects.code(tenant, name, version);
  }

  async delete(tenant: string, name: string, options: { purge: boolean }): Promise<DeleteResponse> {
    return this.#queue.run(async () => {
      const { registry } = this.#context;
      const { record, revision } = await registry.entry(tenant, name);
      if (record === null) throw unknownFunction(this.#context, tenant, name);
      await registry.remove(tenant, name);
      await registry.untilSeen(tenant, name, revision + 1);
      if (options.purge) await this.#purge(tenant, name);
      return { v: PROTOCOL_VERSION, function: name, purged: options.purge };
    });
  }

  async #purge(tenant: string, name: string): Promise<void> {
    await this.#objects.purge(tenant, name);
    await this.#context.secrets.deleteAll({ tenant, function: name });
  }

  async #deployNext(tenant: string, name: string, request: DeployRequest): Promise<DeployResponse> {
    const { registry, secrets, signerLists } = this.#context;
    const { manifest, version, release, signature } = request;
    checkNewSignature(signerLists.latest(tenant), { tenant, function: name, version }, signature);
    // Looked at again where the record is replaced: until then it may have become another one.
    checkEgress(registry.get(tenant, name), request);
    if (release.kind === 'current') checkRoutes(tenant, manifest, registry.all());
    this.#context.storageRoom.assertRoom(tenant, sizeOf(request));
    await this.#objects.ensure(tenant, request);
    this.#context.storageRoom.noteWritten(tenant, sizeOf(request));
    const of = { tenant, function: name };
    const known = secrets.versions(of);
    const { before, record } = await this.#records.change(tenant, name, (found) => {
      checkEgress(found, request);
      const next = signEntry(this.#next(tenant, found, request), version, signature);
      return next === found ? found : withSecretVersions(acceptFirstCountries(next, this.#context), known);
    });
    return {
      v: PROTOCOL_VERSION,
      function: name,
      version,
      result: resultOf(release, before, record),
      zone: manifest.config.residency,
      urls:
        release.kind === 'preview'
          ? [previewUrl(this.#context, { tenant, name, version })]
          : functionUrls(this.#context, record),
      missingSecrets: missingSecrets(secrets, of, manifest.config),
      egress: reachChange(before?.manifest.config ?? null, manifest.config),
      waitingCountries: describeCountries(record, this.#context).waiting,
    };
  }

  #next(tenant: string, before: FunctionRecord | null, { manifest, version, release }: DeployRequest): FunctionRecord {
    const namedZone = definitionIn(this.#context.labels, manifest.config.residency);
    if (release.kind !== 'current') {
      if (before === null) throw nothingToCompare(manifest.config.name);
      const known = addPreview(before, { version, manifest, namedZone });
      if (release.kind === 'preview' || before.current === version) return known;
      return startSplit(known, newSplit(version, release));
    }
    return before?.current === version ? before : makeCurrent(tenant, before, { version, manifest, namedZone });
  }
}

function withSecretVersions(record: FunctionRecord, known: Readonly<Record<string, number>>): FunctionRecord {
  return { ...record, secretVersions: newestVersions(record.secretVersions, known) };
}

/** Of what is stored. The largest part of it may be there already; who is so near to the quota is told. */
function sizeOf({ bundle, sourceMap }: DeployRequest): number {
  return Buffer.byteLength(bundle) + Buffer.byteLength(sourceMap);
}

function resultOf(release: Release, before: FunctionRecord | null, record: FunctionRecord): DeployResponse['result'] {
  if (before === null) return 'created';
  if (release.kind === 'preview') return 'preview';
  if (record === before) return 'unchanged';
  return release.kind === 'canary' ? 'canary' : 'updated';
}

function nothingToCompare(name: string): SovfnError {
  return new SovfnError('function-not-found', `"${name}" has no current version beside which another could be tried`, {
    hint: 'Deploy it once without --preview and --canary.',
  });
}
