/** Checks of the running platform's processes, and of its gateway. */
import { identityFiles, readLabels } from '@sovfn/bus';
import { identityDirectory } from '../enrol.ts';
import { GATEWAY_ID } from '../layout.ts';
import { isPartRunning } from '../record.ts';
import { type DoctorCheck, type DoctorContext, fail, ok, stateOfExpiry, warn } from './check.ts';

export function checkParts({ running, folder }: DoctorContext): DoctorCheck {
  if (running === null) return warn('platform', `no platform runs in ${folder.path}`, 'Start it with `sovfn up`.');
  if (running.readyAt === null) return warn('platform', 'the platform is starting', 'Ask again in a moment.');
  const dead = running.parts.filter((part) => !isPartRunning(part)).map(({ name }) => name);
  const detail = `sovfn ${running.version} runs at ${running.urls.public}`;
  if (dead.length === 0) return ok('platform', detail);
  const hint = `Read ${dead.map((name) => `${folder.logs}/${name}.log`).join(' and ')}.`;
  return fail('platform', `not running: ${dead.join(', ')}; they are being started again`, hint);
}

/** Those of the gateway; nodes show theirs to everybody (`checkNodes`). */
export async function checkGatewayLabels({ folder }: DoctorContext): Promise<DoctorCheck> {
  const { labels } = await readLabels(identityFiles(identityDirectory(folder, GATEWAY_ID)).labels);
  const detail = `the labels of ${GATEWAY_ID} are valid until ${labels.expiresAt}`;
  const hint = 'Start the platform again: `sovfn up` issues new ones. Without valid labels no gateway runs.';
  const state = stateOfExpiry(new Date(labels.expiresAt), new Date());
  return state === 'ok' ? ok('labels', detail) : { check: 'labels', state, detail, hint };
}
