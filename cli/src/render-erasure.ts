import type { Erasure, ErasureCertificate } from '@sovfn/protocol';
import type { Showing } from './context.ts';
import { formatTime } from './format.ts';
import { formatFacts } from './table.ts';

interface Surroundings extends Showing {
  readonly name: string;
}

/** Where the end of a tenant is, for people. Null: it is called off. */
export function renderErasure(erasure: Erasure | null, { name, say, output }: Surroundings): string {
  const { paint } = output;
  switch (erasure?.state) {
    case undefined:
      return `${paint.green('✔')} ${say('tenants.erase.canceled', { name })}`;
    case 'announced':
      return say('tenants.erase.announced', { name, time: formatTime(erasure.notBefore) });
    case 'under-way':
      return say('tenants.erase.under-way', { name });
    case 'erased':
      return [
        `${paint.green('✔')} ${say('tenants.erase.erased', { name, time: formatTime(erasure.signed.certificate.erasedAt) })}`,
        renderCertificate(erasure.signed.certificate, { say, output }),
      ].join('\n\n');
  }
}

export function renderCertificate(certificate: ErasureCertificate, { say, output }: Showing): string {
  const { tenant, announcedAt, notBefore, actor, startedAt, erasedAt, gateway, dataKeys, tenantKey, removed } =
    certificate;
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([place, count]) => `${place} ${count}`)
      .join(', ') || '0';
  return formatFacts(
    [
      [say('column.tenant'), tenant],
      [say('erasure.announced'), `${announcedAt} (${actor})`],
      [say('erasure.notice'), notBefore],
      [say('erasure.carried-out'), `${startedAt} – ${erasedAt} (${gateway})`],
      [say('erasure.key'), say(`erasure.key.${tenantKey}`)],
      [say('erasure.data-keys'), String(dataKeys)],
      [say('erasure.functions'), String(removed.functions)],
      [say('erasure.secrets'), String(removed.secrets)],
      [say('erasure.tokens'), String(removed.tokens)],
      [say('erasure.messages'), counts(removed.messages)],
      [say('erasure.objects'), counts(removed.objects)],
    ],
    output.width,
  );
}
