/** What a gateway and its key process say to each other, over Node's channel between a process and its child. */
interface Sealing {
  readonly label: string;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  readonly bytes: Uint8Array;
}

export type KeyProcessTask =
  | { readonly kind: 'open'; readonly module: string; readonly token: string; readonly pin: string }
  /** Does nothing where there is one. */
  | { readonly kind: 'make'; readonly label: string; readonly keyId: Uint8Array }
  | { readonly kind: 'destroy'; readonly label: string }
  /** Under the key with the greatest id. */
  | ({ readonly kind: 'encrypt' } & Sealing)
  | ({ readonly kind: 'decrypt'; readonly keyId: string } & Sealing);

export type KeyProcessRequest = KeyProcessTask & { readonly id: number };

/** Null: done; a number: of keys. */
export type KeyProcessResult = null | number | { readonly keyId: string; readonly bytes: Uint8Array };

export type KeyProcessAnswer =
  | { readonly id: number; readonly result: KeyProcessResult }
  /** `code`: of PKCS#11. */
  | { readonly id: number; readonly error: string; readonly code: number | null };
