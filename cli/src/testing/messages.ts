/** What a test and the process that holds its platform say to each other. JSON; bytes are base64. */
import type { TestLogLine } from '../../types/testing.d.ts';

export interface HostOperations {
  deploy: {
    args: {
      folder: string;
      secrets: Readonly<Record<string, string>>;
      vars: Readonly<Record<string, string>>;
    };
    answer: { name: string; url: string; hooksUrl: string };
  };
  schedule: { args: { owner: string; schedule: string; at: string | null }; answer: WireRun };
  webhook: {
    args: {
      owner: string;
      webhook: string;
      body: string;
      contentType: string;
      id: string | null;
      type: string | null;
    };
    answer: { status: number; isDuplicate: boolean; run: WireRun | null };
  };
  queue: { args: { owner: string; binding: string; messages: readonly WireMessage[] }; answer: WireRun[] };
  binding: {
    args: { owner: string; kind: 'kv' | 'bucket'; head: object; body: string | null };
    answer: { head: object; body: string };
  };
  run: { args: { event: string }; answer: WireRun };
  settle: { args: { owner: string }; answer: null };
  logs: { args: { owner: string; invocation: string | null }; answer: WireLogLine[] };
}

export type HostOperation = keyof HostOperations;
export type HostArguments<Op extends HostOperation> = HostOperations[Op]['args'];
export type HostAnswer<Op extends HostOperation> = HostOperations[Op]['answer'];

export interface HostRequest<Op extends HostOperation = HostOperation> {
  readonly id: number;
  readonly op: Op;
  readonly args: HostArguments<Op>;
}

export type HostReply =
  | { readonly id: number; readonly answer: unknown; readonly error: null }
  | { readonly id: number; readonly answer: null; readonly error: WireError };

export interface WireError {
  readonly name: string;
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
}

export interface WireMessage {
  readonly contentType: 'json' | 'text' | 'bytes';
  readonly body: string;
}

export interface WireRun {
  readonly event: string;
  readonly state: 'succeeded' | 'waiting' | 'dead-lettered' | 'expired' | 'cancelled';
  readonly attempts: number;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly invocation: string | null;
  readonly response: { readonly status: number; readonly headers: readonly string[]; readonly body: string } | null;
}

export type WireLogLine = Omit<TestLogLine, 'time'> & { readonly time: string };

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const fromBase64 = (text: string): Buffer<ArrayBuffer> => Buffer.from(text, 'base64');
