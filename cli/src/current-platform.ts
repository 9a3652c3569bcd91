/**
 * Which platform a command talks to: SOVFN_URL and SOVFN_TOKEN, else the one that `sovfn login` or `sovfn up` named last; and
 * where its operator is: SOVFN_OPERATOR_URL and SOVFN_OPERATOR_TOKEN, which is SOVFN_TOKEN when it is not set, else the same.
 */
import type { SovfnError } from '@sovfn/protocol';
import { ControlClient } from './api/control-client.ts';
import type { CliIo } from './context.ts';
import type { Say } from './language.ts';
// Not from the folder's index: that loads everything that starts a platform.
import { readCurrentOperator, readCurrentPlatform, readLogin } from './platform/current.ts';
import { TranslatedError } from './translated-error.ts';

/** Throws `no-platform` when none is named, or only by half. */
export async function connectToPlatform(io: Pick<CliIo, 'env' | 'signal'>, say: Say): Promise<ControlClient> {
  const { url, token } = platformOfEnvironment(io.env, say) ?? (await recordedPlatform(io.env, say));
  return new ControlClient({ url, token, say, signal: io.signal });
}

/** Throws `no-platform` when no listener of an operator is known. */
export async function connectToOperator(io: Pick<CliIo, 'env' | 'signal'>, say: Say): Promise<ControlClient> {
  const { url, token } = operatorOfEnvironment(io.env, say) ?? (await recordedOperator(io.env, say));
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
  return { url: parseAddress('SOVFN_URL', url, say), token };
}

/** Whoever names a platform by the environment means no other one's operator. */
function operatorOfEnvironment(env: NodeJS.ProcessEnv, say: Say): PlatformAddress | null {
  const { SOVFN_OPERATOR_URL: url = '', SOVFN_OPERATOR_TOKEN: own = '', SOVFN_TOKEN: token = '' } = env;
  if (url === '' && (env['SOVFN_URL'] ?? '') === '') return null;
  if (url === '' || (own === '' && token === '')) throw noOperator(say);
  return { url: parseAddress('SOVFN_OPERATOR_URL', url, say), token: own === '' ? token : own };
}

function parseAddress(name: string, url: string, say: Say): URL {
  const parsed = URL.parse(url);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed;
  throw noPlatform(say('platform.bad-url', { name, url }), say('platform.bad-url.hint'));
}

async function recordedOperator(env: NodeJS.ProcessEnv, say: Say): Promise<PlatformAddress> {
  const login = await readLogin(env);
  if (login?.operatorUrl !== undefined) return { url: new URL(login.operatorUrl), token: login.token };
  const current = login === null ? await readCurrentOperator(env) : null;
  if (current !== null) return { url: new URL(current.url), token: current.token };
  throw noOperator(say);
}

function noOperator(say: Say): SovfnError {
  return noPlatform(say('platform.no-operator'), say('platform.no-operator.hint'));
}

async function recordedPlatform(env: NodeJS.ProcessEnv, say: Say): Promise<PlatformAddress> {
  const recorded = (await readLogin(env)) ?? (await readCurrentPlatform(env));
  if (recorded === null) throw noPlatform(say('platform.none'), say('platform.none.hint'));
  return { url: new URL(recorded.url), token: recorded.token };
}

function noPlatform(message: string, hint: string): SovfnError {
  return new TranslatedError('no-platform', message, { hint });
}
