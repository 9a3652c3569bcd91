import { resolve } from 'node:path';
import { durationMs, durationSchema, type Erasure, LONGEST_NOTICE_MS } from '@sovfn/protocol';
import { defineCommand, EXIT, type ExitCode } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CommandContext } from '../context.ts';
import { renderErasure } from '../render-erasure.ts';
import { usageError } from '../usage-errors.ts';
import { writeNamedFile } from '../write-named-file.ts';

export const tenantsErase = defineCommand({
  examples: [
    'tenants erase acme',
    'tenants erase acme --notice 30d',
    'tenants erase acme --cancel',
    'tenants erase acme --carry-out --out acme-erasure.json',
  ],
  args: {
    notice: { type: 'string', value: 'time', summary: 'tenants.erase.notice' },
    cancel: { type: 'boolean', summary: 'tenants.erase.cancel' },
    'carry-out': { type: 'boolean', summary: 'tenants.erase.carry-out' },
    out: { type: 'string', value: 'file', summary: 'tenants.erase.out' },
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
  },
  positionals: { name: { summary: 'argument.tenant' } },
  async handler({ name, notice, cancel, 'carry-out': carryOut, out, yes }, context) {
    const { connectAsOperator, say, output } = context;
    if ((cancel && carryOut) || (notice !== null && (cancel || carryOut))) {
      throw usageError(say('tenants.erase.one-step'), say('tenants.erase.one-step.hint'));
    }
    const { access } = await connectAsOperator();
    if (cancel) return show((await access.cancelErasure(name)).erasure, name, context);
    if (carryOut) {
      const asked = {
        question: say('tenants.erase.question', { name }),
        unconfirmed: say('tenants.erase.unconfirmed', { name }),
      };
      if (!yes && !(await confirm(asked, context))) {
        output.progress(say('delete.kept', { name }));
        return EXIT.user;
      }
      const { erasure } = await access.eraseTenant(name);
      const file = resolve(context.cwd, out ?? `${name}-erasure.json`);
      if (erasure?.state === 'erased')
        await writeNamedFile(file, `${JSON.stringify(erasure.signed, null, 2)}\n`, context);
      output.progress(say('tenants.erase.written', { file }));
      return show(erasure, name, context);
    }
    const noticeMs = notice === null ? null : parseNotice(notice, context);
    return show((await access.announceErasure(name, noticeMs)).erasure, name, context);
  },
});

function show(erasure: Erasure | null, name: string, { output, say, json }: CommandContext): ExitCode {
  if (json) output.json({ v: 1, tenant: name, erasure });
  else output.result(renderErasure(erasure, { name, say, output }));
  return EXIT.ok;
}

function parseNotice(text: string, { say }: CommandContext): number {
  const milliseconds = durationSchema.safeParse(text).success ? durationMs(text) : Infinity;
  if (milliseconds <= LONGEST_NOTICE_MS) return milliseconds;
  throw usageError(say('tenants.erase.bad-notice', { notice: text }), say('tenants.erase.bad-notice.hint'));
}
