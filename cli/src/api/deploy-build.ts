import type { Build } from '@sovfn/builder';
import { type DeployResponse, PROTOCOL_VERSION, type Release } from '@sovfn/protocol';
import type { ControlClient } from './control-client.ts';

/** Sends what was built; `release` says who gets it. Throws what `ControlClient.deploy` throws. */
export async function deployBuild(client: ControlClient, build: Build, release: Release): Promise<DeployResponse> {
  const { config, manifest, version, bundle, sourceMap } = build;
  return client.deploy(config.name, { v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap, release });
}
