import { SovfnError } from '@sovfn/protocol/errors';

/** An error whose text is made of messages of the command line, and so is in the user's language already. */
export class TranslatedError extends SovfnError {
  override name = 'TranslatedError';
}
