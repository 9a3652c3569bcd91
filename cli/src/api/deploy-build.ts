import type { DeployRequest, DeployResponse, Release, VersionSignature } from '@sovfn/protocol';
import { PROTOCOL_VERSION } from '@sovfn/protocol/version';
import type { ControlClient } from './control-client.ts';

export interface DeployOptions {
  /** Who gets it. */
  readonly release: Release;
  /** Whoever deploys knows what the version may reach. */
  readonly acceptsEgress: boolean;
  /** Of the developer who deploys; null: it is not signed. */
  readonly signature: VersionSignature | null;
}

/** A version, as it was built or exported. */
export type Deployable = Pick<DeployRequest, 'version' | 'manifest' | 'bundle' | 'sourceMap'>;

/** Sends what was built. Throws what `ControlClient.deploy` throws. */
export async function deployBuild(
  client: ControlClient,
  build: Deployable,
  options: DeployOptions,
): Promise<DeployResponse> {
  const { manifest, version, bundle, sourceMap } = build;
  return client.deploy(manifest.config.name, { v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap, ...options });
}
