import type { BrokerAsk } from '../ask.ts';
import type { CallEgresses } from '../../receipts/call-egress.ts';
import type { EgressLedger } from './ledger.ts';
import { RequestNote } from './request-note.ts';

/** Notes each request twice: in the ledger, and for the receipt of the call that asked. */
export class EgressNotes {
  readonly #ledger: Pick<EgressLedger, 'note'>;
  readonly #egresses: CallEgresses;

  constructor(ledger: Pick<EgressLedger, 'note'>, egresses: CallEgresses) {
    this.#ledger = ledger;
    this.#egresses = egresses;
  }

  begin({ from, invocation }: BrokerAsk, { method, url }: { readonly method: string; readonly url: URL }): RequestNote {
    if (invocation !== null) this.#egresses.begin(from, invocation);
    return new RequestNote({ invocation, method, url }, (entry) => {
      this.#ledger.note(from, entry);
      if (invocation !== null) this.#egresses.end(from, invocation, entry);
    });
  }
}
