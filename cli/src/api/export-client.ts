/** What the control API gives of a tenant for taking away, as functions. */
import type { ExportedCode, ExportedEvent, ExportedSecrets, RecipientKey } from '@sovfn/protocol';
import { PROTOCOL_VERSION } from '@sovfn/protocol/version';
import { type Ask, schemaNamed } from './answer-schema.ts';

export class ExportClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  code(name: string, version: string): Promise<ExportedCode> {
    return this.#ask({ path: `${functionPath(name)}/versions/${version}/code` }, schemaNamed('exportedCodeSchema'));
  }

  secrets(name: string, recipient: RecipientKey): Promise<ExportedSecrets> {
    const body = { v: PROTOCOL_VERSION, recipient };
    return this.#ask(
      { method: 'POST', path: `${functionPath(name)}/secrets/export`, body },
      schemaNamed('exportedSecretsSchema'),
    );
  }

  event(event: string): Promise<ExportedEvent> {
    return this.#ask(
      { path: `/v1/events/${encodeURIComponent(event)}/cloud-event` },
      schemaNamed('exportedEventSchema'),
    );
  }
}

const functionPath = (name: string): string => `/v1/functions/${encodeURIComponent(name)}`;
