/** Checks of the running platform's processes, and of its gateway. */
import { identityFiles, readLabels } from '@sovfn/bus';
import type { DataFolder } from '../data-folder.ts';
import { identityDirectory } from '../enrol.ts';
import { keyFiles, readSecret } from '../keys.ts';
import { GATEWAY_ID, gatewayId } from '../layout.ts';
import { isPartRunning, type PlatformRecord } from '../record.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, stateOfExpiry, warn } from './check.ts';

const ANSWER_MS = 5_000;

export function checkParts({ running, folder, say }: DoctorContext): DoctorCheck {
  if (running === null)
    return warn('platform', say('doctor.platform.none', { folder: folder.path }), say('doctor.platform.none.hint'));
  if (running.readyAt === null)
    return warn('platform', say('doctor.platform.starting'), say('doctor.platform.starting.hint'));
  const dead = running.parts.filter((part) => !isPartRunning(part)).map(({ name }) => name);
  const detail = say('doctor.platform', { version: running.version, url: running.urls.public });
  if (dead.length === 0) return ok('platform', detail);
  const hint = say('doctor.read-logs', { files: logFiles(folder, dead) });
  return fail('platform', say('doctor.platform.dead', { parts: dead.join(', ') }), hint);
}

/** Those of the gateways; nodes show theirs to everybody (`checkNodes`). */
export async function checkGatewayLabels(
  { folder, say }: DoctorContext,
  running: PlatformRecord,
): Promise<DoctorCheck> {
  const ids = [GATEWAY_ID, ...running.furtherGateways.map((_, position) => gatewayId(position + 2))];
  const all = await Promise.all(ids.map(async (id) => readLabels(identityFiles(identityDirectory(folder, id)).labels)));
  const [{ labels }] = all.toSorted((a, b) => Date.parse(a.labels.expiresAt) - Date.parse(b.labels.expiresAt)) as [
    (typeof all)[number],
  ];
  const detail = say('doctor.labels', { names: ids.join(', '), date: labels.expiresAt });
  const hint = say('doctor.labels.hint');
  const state = stateOfExpiry(new Date(labels.expiresAt), new Date());
  return state === 'ok' ? ok('labels', detail) : { check: 'labels', state, detail, hint };
}

/** Whether each process of the gateway answers, and where it is asked for its metrics. */
export async function checkGateways({ folder, say }: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
  const token = await readSecret(keyFiles(folder).apiToken);
  const gateways = [{ part: 'gateway', control: running.urls.control }, ...running.furtherGateways];
  const asked = await Promise.all(
    gateways.map(async (one) => ({ ...one, answers: await answers(one.control, token) })),
  );
  const silent = asked.filter((one) => !one.answers);
  const all = { count: gateways.length, addresses: gateways.map(({ control }) => control).join(', ') };
  if (silent.length === 0) return ok('gateways', say('doctor.gateways', all));
  const names = silent.map(({ part }) => part);
  const hint = say('doctor.read-logs', { files: logFiles(folder, names) });
  return fail('gateways', say('doctor.gateways.silent', { ...all, silent: names.join(', ') }), hint);
}

const logFiles = ({ logs }: DataFolder, parts: readonly string[]): string =>
  parts.map((part) => `${logs}/${part}.log`).join(', ');

async function answers(control: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${control}/v1/status`, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch(
    () => null,
  );
  await response?.body?.cancel();
  return response?.ok ?? false;
}
