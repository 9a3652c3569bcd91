import type { FunctionRegistry } from '@sovfn/bus';
import { functionKey, type FunctionRecord, SovfnError } from '@sovfn/protocol';

/** The watch of a healthy bus shows a record within milliseconds. */
const VISIBLE_MS = 5_000;

/** Resolves when this gateway's own watch shows a record of the function that `isSeen` accepts. */
export async function untilVisible(
  registry: FunctionRegistry,
  { tenant, name }: { tenant: string; name: string },
  isSeen: (record: FunctionRecord | null) => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stopListening = registry.onChange((key, record) => {
    if (key === functionKey(tenant, name) && isSeen(record)) resolve();
  });
  const timer = setTimeout(() => reject(notVisible(name)), VISIBLE_MS);
  try {
    if (isSeen(registry.get(tenant, name))) return;
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
