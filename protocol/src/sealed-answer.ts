import { z } from 'zod';
import { PROTOCOL_VERSION } from './version.ts';

/** What a gateway answers with that must not be on the bus in the clear: sealed for the key that the request brought. JSON. */
export const sealedAnswerSchema = z.strictObject({ v: z.literal(PROTOCOL_VERSION), sealed: z.base64() });
export type SealedAnswer = z.output<typeof sealedAnswerSchema>;
