/** Checks of the running platform's processes, and of its gateway. */
import { identityFiles, readLabels } from '@sovfn/bus';
import { identityDirectory } from '../enrol.ts';
import { keyFiles, readSecret } from '../keys.ts';
import { GATEWAY_ID, gatewayId } from '../layout.ts';
import { isPartRunning, type PlatformRecord } from '../record.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, stateOfExpiry, warn } from './check.ts';

const ANSWER_MS = 5_000;

export function checkParts({ running, folder }: DoctorContext): DoctorCheck {
  if (running === null) return warn('platform', `no platform runs in ${folder.path}`, 'Start it with `sovfn up`.');
  if (running.readyAt === null) return warn('platform', 'the platform is starting', 'Ask again in a moment.');
  const dead = running.parts.filter((part) => !isPartRunning(part)).map(({ name }) => name);
  const detail = `sovfn ${running.version} runs at ${running.urls.public}`;
  if (dead.length === 0) return ok('platform', detail);
  const hint = `Read ${dead.map((name) => `${folder.logs}/${name}.log`).join(' and ')}.`;
  return fail('platform', `not running: ${dead.join(', ')}; they are being started again`, hint);
}

/** Those of the gateways; nodes show theirs to everybody (`checkNodes`). */
export async function checkGatewayLabels({ folder }: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
  const ids = [GATEWAY_ID, ...running.furtherGateways.map((_, position) => gatewayId(position + 2))];
  const all = await Promise.all(ids.map(async (id) => readLabels(identityFiles(identityDirectory(folder, id)).labels)));
  const [{ labels }] = all.toSorted((a, b) => Date.parse(a.labels.expiresAt) - Date.parse(b.labels.expiresAt)) as [
    (typeof all)[number],
  ];
  const detail = `the labels of ${ids.join(', ')} are valid until ${labels.expiresAt}`;
  const hint = 'Start the platform again: `sovfn up` issues new ones. Without valid labels no gateway runs.';
  const state = stateOfExpiry(new Date(labels.expiresAt), new Date());
  return state === 'ok' ? ok('labels', detail) : { check: 'labels', state, detail, hint };
}

/** Whether each process of the gateway answers, and where it is asked for its metrics. */
export async function checkGateways({ folder }: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
  const token = await readSecret(keyFiles(folder).apiToken);
  const gateways = [{ part: 'gateway', control: running.urls.control }, ...running.furtherGateways];
  const asked = await Promise.all(
    gateways.map(async (one) => ({ ...one, answers: await answers(one.control, token) })),
  );
  const silent = asked.filter((one) => !one.answers);
  const detail = `on the public port, with control APIs at ${gateways.map(({ control }) => control).join(', ')}`;
  if (silent.length === 0) return ok('gateways', `${gateways.length} ${detail}`);
  const names = silent.map(({ part }) => part);
  const hint = `Read ${names.map((name) => `${folder.logs}/${name}.log`).join(' and ')}.`;
  return fail('gateways', `no answer from ${names.join(', ')}, of ${gateways.length} ${detail}`, hint);
}

async function answers(control: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${control}/v1/status`, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch(
    () => null,
  );
  await response?.body?.cancel();
  return response?.ok ?? false;
}
