import type { SigningKey, VersionSignature } from '@sovfn/protocol';
import { signVersion } from '@sovfn/protocol/trust/signers';
import { keyIdOf } from '@sovfn/protocol/trust/signing';
import type { ControlClient } from './api/control-client.ts';
import type { Deployable } from './api/deploy-build.ts';
import type { CommandContext } from './context.ts';

/** Signs a version for the tenant that it is deployed to, and says so: whoever signs must know for whom. */
export async function signBuild(
  client: ControlClient,
  { version, manifest }: Deployable,
  key: SigningKey,
  { output, say }: CommandContext,
): Promise<VersionSignature> {
  const { name } = manifest.config;
  const { tenant, list } = await client.access.signersOf(name);
  const signature = signVersion({ tenant, function: name, version }, key);
  output.progress(say('deploy.signed', { tenant, id: keyIdOf(key.publicKey) }));
  const isKnown = list?.signers.some(({ publicKey, isActive }) => isActive && publicKey === key.publicKey) ?? false;
  if (!isKnown) {
    const unknown = say('deploy.signer-unknown', { tenant, publicKey: key.publicKey });
    output.progress(output.paintProgress.yellow(unknown));
  }
  return signature;
}
