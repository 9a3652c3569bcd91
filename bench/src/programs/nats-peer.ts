import { WireClient } from '@sovfn/bus/wire';

export const ECHO_SUBJECT = 'bench.echo';

/** A server without users asks for no credential. */
const ANONYMOUS = { jwt: '', seed: new Uint8Array() };

export async function connectPeer(port: number, name: string): Promise<WireClient> {
  return WireClient.connect({ address: { host: '127.0.0.1', port }, credential: ANONYMOUS, name });
}
