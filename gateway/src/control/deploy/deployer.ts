/**
 * Makes versions answer and functions disappear.
 *
 * Guarantees: code, map and manifest are in the object store before any record names them; a record is replaced whole,
 * by compare-and-set, so of two deploys at once one follows the other and neither is mixed; when a deploy has been
 * answered, this gateway sends calls to the new version (other gateways and nodes follow within their watch's delay).
 * Not guaranteed: that two gateways refuse the same route asked for at the same moment; then the older function has it.
 */
import {
  type DeleteResponse,
  type DeployRequest,
  type DeployResponse,
  type FunctionRecord,
  isSovfnError,
  KEPT_VERSIONS,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';
import { newestVersions } from '../../secrets/announce-versions.ts';
import { missingSecrets } from '../../secrets/used-secrets.ts';
import { functionUrls, unknownFunction } from '../functions.ts';
import { checkDeployRequest, checkRoutes, checkZone } from './check-request.ts';
import { SerialQueue } from './serial-queue.ts';
import { VersionObjects } from './version-objects.ts';
import { untilVisible } from './visibility.ts';

/** Compare-and-set is repeated this often against deploys of other gateways before `deploy-conflict` is the answer. */
const WRITE_ATTEMPTS = 8;
/** Each waiting deploy holds its request in memory. */
const WAITING_DEPLOYS = 16;

export class Deployer {
  readonly #context: GatewayContext;
  readonly #objects: VersionObjects;
  readonly #queue = new SerialQueue(WAITING_DEPLOYS);

  constructor(context: GatewayContext) {
    this.#context = context;
    this.#objects = new VersionObjects({ store: context.store, bucket: context.config.store.bundles });
  }

  async deploy(tenant: string, name: string, request: DeployRequest): Promise<DeployResponse> {
    checkDeployRequest(name, request);
    checkZone(request, this.#context.config.zones);
    return this.#queue.run(() => this.#deployNext(tenant, name, request));
  }

  async delete(tenant: string, name: string, options: { purge: boolean }): Promise<DeleteResponse> {
    return this.#queue.run(async () => {
      const { registry } = this.#context;
      const { record } = await registry.entry(tenant, name);
      if (record === null) throw unknownFunction(this.#context, tenant, name);
      await registry.remove(tenant, name);
      await untilVisible(registry, { tenant, name }, (seen) => seen === null || seen.deployedAt > record.deployedAt);
      if (options.purge) await this.#purge(tenant, name);
      return { v: PROTOCOL_VERSION, function: name, purged: options.purge };
    });
  }

  async #purge(tenant: string, name: string): Promise<void> {
    await this.#objects.purge(tenant, name);
    await this.#context.secrets.deleteAll({ tenant, function: name });
  }

  async #deployNext(tenant: string, name: string, request: DeployRequest): Promise<DeployResponse> {
    const { registry } = this.#context;
    checkRoutes(tenant, request, registry.all());
    await this.#objects.ensure(tenant, request);
    const { record, result } = await this.#writeRecord(tenant, name, request);
    const { deployedAt } = record;
    await untilVisible(registry, { tenant, name }, (seen) => seen !== null && seen.deployedAt >= deployedAt);
    return {
      v: PROTOCOL_VERSION,
      function: name,
      version: request.version,
      result,
      zone: request.manifest.config.residency,
      urls: functionUrls(this.#context, record),
      missingSecrets: missingSecrets(this.#context.secrets, { tenant, function: name }, request.manifest.config),
    };
  }

  async #writeRecord(
    tenant: string,
    name: string,
    request: DeployRequest,
  ): Promise<{ record: FunctionRecord; result: DeployResponse['result'] }> {
    const { registry, secrets } = this.#context;
    const known = secrets.versions({ tenant, function: name });
    for (let attempt = 1; ; attempt++) {
      const { record: before, revision } = await registry.entry(tenant, name);
      if (before?.current === request.version) return { record: before, result: 'unchanged' };
      const secretVersions = newestVersions(before?.secretVersions ?? {}, known);
      const record = { ...nextRecord(tenant, request, before), secretVersions };
      try {
        await registry.write(record, revision);
        return { record, result: before === null ? 'created' : 'updated' };
      } catch (error) {
        const isConflict = isSovfnError(error) && error.code === 'deploy-conflict';
        if (!isConflict || attempt === WRITE_ATTEMPTS) throw error;
      }
    }
  }
}

/** The record with the request's version in front. Its time is later than that of the record before, whatever the clock says. */
function nextRecord(
  tenant: string,
  request: DeployRequest,
  before: FunctionRecord | null,
): Omit<FunctionRecord, 'secretVersions'> {
  const { manifest, version } = request;
  const notBefore = before === null ? 0 : Date.parse(before.deployedAt) + 1;
  const deployedAt = new Date(Math.max(Date.now(), notBefore)).toISOString();
  const older = (before?.versions ?? []).filter((entry) => entry.version !== version);
  return {
    v: PROTOCOL_VERSION,
    tenant,
    name: manifest.config.name,
    current: version,
    manifest,
    deployedAt,
    versions: [{ version, deployedAt }, ...older].slice(0, KEPT_VERSIONS),
  };
}
