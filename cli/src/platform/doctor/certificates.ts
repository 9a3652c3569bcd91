/**
 * Until when the certificates hold: those in `tls/` of the data folder, and those that servers show: the port for nodes, and
 * what `SOVFN_URL` and `SOVFN_OPERATOR_URL` name. Between the parts on one machine there are none: they talk on the loopback
 * address.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { readIfThere } from '../../read-if-there.ts';
import { readFleetSettings } from '../fleet/settings.ts';
import { type DoctorCheck, type DoctorContext, ok, stateOfExpiry } from './check.ts';

const CHECK = 'certificates';
const HANDSHAKE_MS = 5_000;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const URLS = ['SOVFN_URL', 'SOVFN_OPERATOR_URL'] as const;

interface Held {
  /** Where it is. */
  readonly where: string;
  readonly until: Date;
  readonly fix: string;
}

/** What to do about each file of `tls/`. A platform that makes its own server certificate has its own authority there, too. */
const FIXES = {
  'authority.pem': 'Remove `tls/`, start the platform again, and enrol the nodes on other hosts again.',
  'node.pem':
    'Start the node again while it reaches the platform: it gets another one. Once it has expired, enrol the machine again.',
} as const;
const GIVEN = 'Put a renewed server.pem, server.key and server-ca.pem there, and start the platform again.';
const OWN = 'Start the platform again: it shows what lies in `tls/`, and makes its own certificate anew.';

export async function checkCertificates(context: DoctorContext, now = new Date()): Promise<DoctorCheck> {
  const stored = await readStored(context.folder.tls);
  const shown = await Promise.all([...(await serversOf(context))].map(lookAt));
  const all = [...stored, ...shown];
  if (all.length === 0) return ok(CHECK, 'none are used: the parts talk on the loopback address');
  const states = all.map((held) => ({ ...held, state: stateOfExpiry(held.until, now) }));
  const worst = states.filter(({ state }) => state === (states.some((one) => one.state === 'fail') ? 'fail' : 'warn'));
  if (worst.length === 0) return ok(CHECK, states.map(told).join(', '));
  const hint = [...new Set(worst.map(({ fix }) => fix))].join(' ');
  return { check: CHECK, state: worst[0]!.state, detail: worst.map(told).join(', '), hint };
}

function told({ where, until, state }: Held & Pick<DoctorCheck, 'state'>): string {
  return `${where} ${state === 'fail' ? 'expired on' : 'is valid until'} ${until.toISOString()}`;
}

async function readStored(folder: string): Promise<Held[]> {
  const files = ['authority.pem', 'server.pem', 'server-ca.pem', 'node.pem'] as const;
  const texts = await Promise.all(files.map((file) => readIfThere(join(folder, file))));
  const [authority, , serverCa] = texts;
  const isGiven = serverCa?.trim() !== authority?.trim();
  return files.flatMap((file, position) => {
    if (file === 'server-ca.pem' && !isGiven) return [];
    const fix = file === 'server.pem' || file === 'server-ca.pem' ? (isGiven ? GIVEN : OWN) : FIXES[file];
    return (texts[position]?.match(PEM) ?? []).map((pem, at) => {
      const behind = at === 0 ? '' : ` (${at + 1}. of the file)`;
      return { where: `${join(folder, file)}${behind}`, until: new X509Certificate(pem).validToDate, fix };
    });
  });
}

interface Server {
  readonly where: string;
  readonly host: string;
  readonly port: number;
  readonly fix: string;
}

async function serversOf({ folder, running, environment }: DoctorContext): Promise<Server[]> {
  const { listenNodes } = running === null ? { listenNodes: null } : await readFleetSettings(folder);
  const link = listenNodes && { ...listenNodes, where: 'the one of the port for nodes', fix: OWN };
  const named = URLS.flatMap((name) => {
    const url = URL.parse(environment[name] ?? '');
    if (url?.protocol !== 'https:') return [];
    const fix = `Renew the certificate of the server at ${url.origin}.`;
    return [{ where: `the one of ${url.origin}`, host: url.hostname, port: Number(url.port || 443), fix }];
  });
  return [...(link === null ? [] : [link]), ...named];
}

/** Whether it is trusted is another question, which every command asks. */
async function lookAt({ host, port, where, fix }: Server): Promise<Held> {
  const name = host.replaceAll(/^\[|\]$/g, '');
  const socket = connect({ host: name, port, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(HANDSHAKE_MS) });
    return { where, until: socket.getPeerX509Certificate()!.validToDate, fix };
  } catch (cause) {
    throw new Error(`${where} cannot be seen: ${(cause as Error).message}`, { cause });
  } finally {
    socket.destroy();
  }
}
