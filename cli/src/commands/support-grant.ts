import { durationMs, durationSchema, grantSupportRequestSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTime } from '../format.ts';
import { usageError } from '../usage-errors.ts';

export const supportGrant = defineCommand({
  examples: ['support grant --ttl 2h', 'support grant --ttl 2h --reason "ticket 4711"'],
  args: {
    ttl: { type: 'string', value: 'time', summary: 'support.ttl' },
    reason: { type: 'string', value: 'text', summary: 'support.reason' },
  },
  positionals: {},
  async handler({ ttl, reason }, context) {
    const { connect, output, say, json } = context;
    const body = { v: PROTOCOL_VERSION, ttlMs: readTtl(ttl, context), reason } as const;
    const answer = await (await connect()).access.grantSupport(body);
    const { id, expiresAt } = answer.grant;
    if (json) output.json(answer);
    else {
      const what = { tenant: answer.tenant, time: formatTime(expiresAt), id };
      output.result(`${output.paint.green('✔')} ${say('support.granted', what)}`);
    }
    return EXIT.ok;
  },
});

function readTtl(written: string | null, { say }: CommandContext): number {
  const milliseconds = durationSchema.safeParse(written).success ? durationMs(written!) : Number.NaN;
  if (grantSupportRequestSchema.shape.ttlMs.safeParse(milliseconds).success) return milliseconds;
  const problem = written === null ? say('support.no-ttl') : say('support.bad-ttl', { ttl: written });
  throw usageError(problem, say('support.bad-ttl.hint'));
}
