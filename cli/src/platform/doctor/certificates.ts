/**
 * Until when the certificates hold: those in `tls/` of the data folder, and those that servers show: the port for nodes, and
 * what `SOVFN_URL` and `SOVFN_OPERATOR_URL` name. Between the parts on one machine there are none: they talk on the loopback
 * address.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { PlainMessageKey, Say } from '../../language.ts';
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
  'authority.pem': 'doctor.certificates.authority.hint',
  'node.pem': 'doctor.certificates.node.hint',
} as const satisfies Readonly<Record<string, PlainMessageKey>>;
const GIVEN: PlainMessageKey = 'doctor.certificates.given.hint';
const OWN: PlainMessageKey = 'doctor.certificates.own.hint';

export async function checkCertificates(context: DoctorContext, now = new Date()): Promise<DoctorCheck> {
  const { say } = context;
  const stored = await readStored(context);
  const shown = await Promise.all([...(await serversOf(context))].map(async (server) => lookAt(server, say)));
  const all = [...stored, ...shown];
  if (all.length === 0) return ok(CHECK, say('doctor.certificates.none'));
  const states = all.map((held) => ({ ...held, state: stateOfExpiry(held.until, now) }));
  const worst = states.filter(({ state }) => state === (states.some((one) => one.state === 'fail') ? 'fail' : 'warn'));
  if (worst.length === 0) return ok(CHECK, listed(states, say));
  const hint = [...new Set(worst.map(({ fix }) => fix))].join(' ');
  return { check: CHECK, state: worst[0]!.state, detail: listed(worst, say), hint };
}

function listed(states: readonly (Held & Pick<DoctorCheck, 'state'>)[], say: Say): string {
  const told = states.map(({ where, until, state }) =>
    say(state === 'fail' ? 'doctor.certificates.expired' : 'doctor.certificates.valid', {
      where,
      date: until.toISOString(),
    }),
  );
  return told.join(', ');
}

async function readStored({ folder: { tls: folder }, say }: DoctorContext): Promise<Held[]> {
  const files = ['authority.pem', 'server.pem', 'server-ca.pem', 'node.pem'] as const;
  const texts = await Promise.all(files.map((file) => readIfThere(join(folder, file))));
  const [authority, , serverCa] = texts;
  const isGiven = serverCa?.trim() !== authority?.trim();
  return files.flatMap((file, position) => {
    if (file === 'server-ca.pem' && !isGiven) return [];
    const fix = file === 'server.pem' || file === 'server-ca.pem' ? (isGiven ? GIVEN : OWN) : FIXES[file];
    return (texts[position]?.match(PEM) ?? []).map((pem, at) => {
      const path = join(folder, file);
      const where = at === 0 ? path : say('doctor.certificates.further', { file: path, position: at + 1 });
      return { where, until: new X509Certificate(pem).validToDate, fix: say(fix) };
    });
  });
}

interface Server {
  readonly where: string;
  readonly host: string;
  readonly port: number;
  readonly fix: string;
}

async function serversOf({ folder, running, environment, say }: DoctorContext): Promise<Server[]> {
  const { listenNodes } = running === null ? { listenNodes: null } : await readFleetSettings(folder);
  const link = listenNodes && { ...listenNodes, where: say('doctor.certificates.link'), fix: say(OWN) };
  const named = URLS.flatMap((name) => {
    const url = URL.parse(environment[name] ?? '');
    if (url?.protocol !== 'https:') return [];
    const { origin, hostname: host } = url;
    const fix = say('doctor.certificates.shown.hint', { origin });
    return [{ where: say('doctor.certificates.shown', { origin }), host, port: Number(url.port || 443), fix }];
  });
  return [...(link === null ? [] : [link]), ...named];
}

/** Whether it is trusted is another question, which every command asks. */
async function lookAt({ host, port, where, fix }: Server, say: Say): Promise<Held> {
  const name = host.replaceAll(/^\[|\]$/g, '');
  const socket = connect({ host: name, port, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(HANDSHAKE_MS) });
    return { where, until: socket.getPeerX509Certificate()!.validToDate, fix };
  } catch (cause) {
    throw new Error(say('doctor.certificates.unseen', { where, reason: (cause as Error).message }), { cause });
  } finally {
    socket.destroy();
  }
}
