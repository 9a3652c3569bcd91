import type { FunctionConfig } from '@sovfn/protocol';
import { readEgressPattern } from '@sovfn/protocol/config/egress';
import { secretsOfWebhook } from '@sovfn/protocol/config/webhooks';
import { EgressRules } from '@sovfn/protocol/egress/rules';
import { secretUses } from '@sovfn/protocol/egress/secret-uses';
import type { Problem } from '../problem.ts';
import type { ConfigDocument, ValuePath } from './document.ts';

const NOBODY_HINT =
  'List the host in "egress" if fetch sends it; write { "name": …, "sign": true } if crypto.subtle signs with it, or "expose": true if the code reads the value itself.';
const HOST_HINT = 'List the host in "egress" too: "hosts" only says which of those may get the secret.';

/** What is wrong with the secrets of a configuration that is valid by itself: those that nobody could get, neither code nor host nor webhook. */
export function problemsOfSecrets(document: ConfigDocument, config: FunctionConfig): Problem[] {
  const problem = (path: ValuePath, text: string, hint: string): Problem => ({
    ...{ position: document.positionOf(path), text, notes: [], hint },
  });
  const ofWebhooks = config.webhooks.flatMap((webhook) => secretsOfWebhook(webhook));
  return secretUses(config).flatMap(({ name, isExposed, isForSigning, origins }, index) => {
    if (isExposed) return [];
    if (origins.length === 0) {
      if (isForSigning || ofWebhooks.includes(name)) return [];
      const reason = 'the code gets a placeholder of it, and "egress" lists no https origin without a *';
      return [problem(['secrets', index], `Nobody can get the secret "${name}": ${reason}.`, NOBODY_HINT)];
    }
    return origins.flatMap((origin, place) => {
      if (isListed(origin, config.egress)) return [];
      const text = `The secret "${name}" names ${origin}, which "egress" does not list.`;
      return [problem(['secrets', index, 'hosts', place], text, HOST_HINT)];
    });
  });
}

/** A rule with a star is listed when it stands there itself: one without is, also where a star covers it. */
function isListed(origin: string, egress: FunctionConfig['egress']): boolean {
  const pattern = readEgressPattern(origin)!;
  if (!pattern.isBelow) return new EgressRules(egress).find(new URL(origin)) !== null;
  const written = egress.map((rule) => readEgressPattern(typeof rule === 'string' ? rule : rule.origin));
  return written.some((rule) => JSON.stringify(rule) === JSON.stringify(pattern));
}
