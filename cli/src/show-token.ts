import type { TokenAnswer } from '@sovfn/protocol';
import type { CommandContext } from './context.ts';
import { formatTime } from './format.ts';

/** The token alone on stdout, for `SOVFN_TOKEN=$(sovfn tokens create …)`; what is known of it on stderr. */
export function showIssuedToken(answer: TokenAnswer, { output, say, json }: CommandContext): void {
  const { id, name, tenant, previousAcceptedUntil: until } = answer.token;
  if (json) return output.json(answer);
  output.result(answer.secret);
  output.progress(say('tokens.issued', { id, name, tenant }));
  if (until !== null) output.progress(say('tokens.previous', { time: formatTime(until) }));
}
