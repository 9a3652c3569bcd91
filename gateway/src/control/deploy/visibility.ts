import type { FunctionRegistry } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';

/** The watch of a healthy bus shows a record within milliseconds. */
const VISIBLE_MS = 5_000;

export interface RecordRevision {
  readonly tenant: string;
  readonly name: string;
  readonly revision: number;
}

/** Resolves when this gateway's own watch has shown that revision of a function's record, or a later one. */
export async function untilVisible(registry: FunctionRegistry, of: RecordRevision): Promise<void> {
  const { tenant, name, revision } = of;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const isVisible = (): boolean => registry.revision(tenant, name) >= revision;
  const stopListening = registry.onChange(() => {
    if (isVisible()) resolve();
  });
  const timer = setTimeout(() => reject(notVisible(name)), VISIBLE_MS);
  try {
    if (isVisible()) return;
    await promise;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function notVisible(name: string): SovfnError {
  return new SovfnError(
    'bus-unavailable',
    `the change of "${name}" is stored, but was not seen within ${VISIBLE_MS} ms`,
    {
      hint: 'It takes effect when the gateway hears from NATS again: see `sovfn status`.',
    },
  );
}
