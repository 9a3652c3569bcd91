/** Which platform a command talks to: SOVFN_URL and SOVFN_TOKEN, else the one that `sovfn login` or `sovfn up` named last. */
import { SovfnError } from '@sovfn/protocol';
import { ControlClient } from './api/control-client.ts';
import type { CliIo } from './context.ts';
import type { Say } from './language.ts';
// Not from the folder's index: that loads everything that starts a platform.
import { readCurrentPlatform, readLogin } from './platform/current.ts';

/** Throws `no-platform` when none is named, or only by half. */
export async function connectToPlatform(io: Pick<CliIo, 'env' | 'signal'>, say: Say): Promise<ControlClient> {
  const { url, token } = platformOfEnvironment(io.env, say) ?? (await recordedPlatform(io.env, say));
  return new ControlClient({ url, token, say, signal: io.signal });
}

interface PlatformAddress {
  readonly url: URL;
  readonly token: string;
}

function platformOfEnvironment(env: NodeJS.ProcessEnv, say: Say): PlatformAddress | null {
  const { SOVFN_URL: url = '', SOVFN_TOKEN: token = '' } = env;
  if (url === '' && token === '') return null;
  if (url === '' || token === '') {
    const missing = url === '' ? 'SOVFN_URL' : 'SOVFN_TOKEN';
    throw noPlatform(say('platform.half', { missing }), say('platform.half.hint'));
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw noPlatform(say('platform.bad-url', { url }), say('platform.bad-url.hint'));
  }
  return { url: parsed, token };
}

async function recordedPlatform(env: NodeJS.ProcessEnv, say: Say): Promise<PlatformAddress> {
  const recorded = (await readLogin(env)) ?? (await readCurrentPlatform(env));
  if (recorded === null) throw noPlatform(say('platform.none'), say('platform.none.hint'));
  return { url: new URL(recorded.url), token: recorded.token };
}

function noPlatform(message: string, hint: string): SovfnError {
  return new SovfnError('no-platform', message, { hint });
}
