/**
 * The process in which the HSM's module runs: it answers its gateway's requests one after the other, and ends with it. A module that
 * hangs or crashes takes this process with it, and no call.
 */
import { CryptokiError, Token, type TokenKey } from './cryptoki.ts';
import type { KeyProcessAnswer, KeyProcessRequest, KeyProcessResult } from './messages.ts';

let token: Token | null = null;

process.on('disconnect', () => process.exit());
process.on('message', (request: KeyProcessRequest) => {
  process.send!(answerTo(request) satisfies KeyProcessAnswer);
});

function answerTo(request: KeyProcessRequest): KeyProcessAnswer {
  const { id } = request;
  try {
    return { id, result: carryOut(request) };
  } catch (error) {
    return { id, error: String((error as Error).message), code: error instanceof CryptokiError ? error.code : null };
  }
}

function carryOut(request: KeyProcessRequest): KeyProcessResult {
  if (request.kind === 'open') {
    token = Token.open(request);
    return null;
  }
  if (token === null) throw new Error('the token is not open');
  const keys = token.keys(request.label);
  switch (request.kind) {
    case 'make':
      if (keys.length === 0) token.make(request.label, Buffer.from(request.keyId));
      return null;
    case 'destroy':
      for (const key of keys) token.destroy(key);
      return keys.length;
    case 'encrypt': {
      const key = keys.at(-1);
      if (key === undefined) throw new Error(`the token has no AES key "${request.label}"`);
      return { keyId: key.id.toString('hex'), bytes: token.encrypt(key, ...bytesOf(request)) };
    }
    case 'decrypt':
      return { keyId: request.keyId, bytes: token.decrypt(keyOf(keys, request), ...bytesOf(request)) };
  }
}

function keyOf(
  keys: readonly TokenKey[],
  { label, keyId }: { readonly label: string; readonly keyId: string },
): TokenKey {
  const key = keys.find(({ id }) => id.toString('hex') === keyId);
  if (key === undefined) throw new Error(`the token has no AES key "${label}" with the id ${keyId}`);
  return key;
}

function bytesOf({
  nonce,
  associated,
  bytes,
}: {
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  readonly bytes: Uint8Array;
}): [Buffer, Buffer, Buffer] {
  return [Buffer.from(nonce), Buffer.from(associated), Buffer.from(bytes)];
}
