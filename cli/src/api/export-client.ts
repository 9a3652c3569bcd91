/** What the control API gives of a tenant for taking away, as functions. */
import {
  type ExportedCode,
  exportedCodeSchema,
  type ExportedEvent,
  exportedEventSchema,
  type ExportedSecrets,
  exportedSecretsSchema,
  PROTOCOL_VERSION,
  type RecipientKey,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { Request } from './control-client.ts';

export class ExportClient {
  readonly #ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>;

  constructor(ask: <T>(request: Request, schema: z.ZodType<T>) => Promise<T>) {
    this.#ask = ask;
  }

  code(name: string, version: string): Promise<ExportedCode> {
    return this.#ask({ path: `${functionPath(name)}/versions/${version}/code` }, exportedCodeSchema);
  }

  secrets(name: string, recipient: RecipientKey): Promise<ExportedSecrets> {
    const body = { v: PROTOCOL_VERSION, recipient };
    return this.#ask({ method: 'POST', path: `${functionPath(name)}/secrets/export`, body }, exportedSecretsSchema);
  }

  event(event: string): Promise<ExportedEvent> {
    return this.#ask({ path: `/v1/events/${encodeURIComponent(event)}/cloud-event` }, exportedEventSchema);
  }
}

const functionPath = (name: string): string => `/v1/functions/${encodeURIComponent(name)}`;
