import type { Build } from '@sovfn/builder';
import { type DeployResponse, PROTOCOL_VERSION, type Release } from '@sovfn/protocol';
import type { ControlClient } from './control-client.ts';

export interface DeployOptions {
  /** Who gets it. */
  readonly release: Release;
  /** Whoever deploys knows what the version may reach. */
  readonly acceptsEgress: boolean;
}

/** Sends what was built. Throws what `ControlClient.deploy` throws. */
export async function deployBuild(
  client: ControlClient,
  build: Build,
  options: DeployOptions,
): Promise<DeployResponse> {
  const { config, manifest, version, bundle, sourceMap } = build;
  return client.deploy(config.name, { v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap, ...options });
}
