import { SovfnError } from '@sovfn/protocol/errors';
import { BUNDLE_BYTES } from '@sovfn/protocol/limits';
import type { InputSize } from './bundle.ts';

const SHOWN_INPUTS = 5;
const MIB = 1024 * 1024;

/** @throws SovfnError `bundle-too-large` with the size, the limit and the five largest inputs. */
export function assertBundleSize(bundle: string, sizes: readonly InputSize[]): void {
  const bytes = Buffer.byteLength(bundle);
  if (bytes <= BUNDLE_BYTES) return;
  const largest = sizes.slice(0, SHOWN_INPUTS).map((input) => `${input.name} (${inMib(input.bytes)})`);
  throw new SovfnError(
    'bundle-too-large',
    `The bundle has ${inMib(bytes)} (${bytes} bytes); the limit is ${inMib(BUNDLE_BYTES)} (${BUNDLE_BYTES} bytes). ` +
      `Largest inputs: ${largest.join(', ')}.`,
    {
      hint: 'Import only what the function uses, and keep data in a bucket binding.',
      facts: { bytes, limitBytes: BUNDLE_BYTES, largest },
    },
  );
}

const inMib = (bytes: number): string => `${(bytes / MIB).toFixed(2)} MiB`;
