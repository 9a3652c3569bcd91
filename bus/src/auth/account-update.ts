import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { connectBus } from '../connect.ts';
import type { BusAddress } from '../wire/client.ts';
import { decodeCredential } from '../wire/credential.ts';
import type { BusOperator } from './operator.ts';

const UPDATE_MS = 5_000;
const APPLIED = 'jwt updated';
const answerSchema = z.object({ data: z.object({ message: z.string() }) });

/**
 * Gives a running server the account as `operator` states it now. From the answer on, users whose signer it lists no more are
 * disconnected and refused. Throws SovfnError `bus-unavailable` when the server does not say so.
 *
 * NOTE: a server reads its configuration when it starts: whoever calls this has changed that first.
 */
export async function updateAccount(address: BusAddress, operator: BusOperator): Promise<void> {
  const credential = decodeCredential(operator.systemCredential);
  const connection = await connectBus({ address, credential, name: 'account update', inboxPrefix: '_INBOX' });
  try {
    const subject = `$SYS.REQ.ACCOUNT.${operator.accountPublicKey}.CLAIMS.UPDATE`;
    const reply = await connection.request(subject, operator.accountJwt, { timeout: UPDATE_MS });
    const answer = answerSchema.safeParse(reply.json());
    if (answer.data?.data.message === APPLIED) return;
    throw new SovfnError('bus-unavailable', `NATS did not take the account's new statement: ${reply.string()}`, {
      hint: 'Restart the platform: it reads the statement then.',
    });
  } finally {
    await connection.close();
  }
}
