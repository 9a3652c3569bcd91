import { AskError, type BrokerAnswer, type BrokerAsk } from './ask.ts';

export function carryOutUnavailable(_ask: BrokerAsk): Promise<BrokerAnswer> {
  return Promise.reject(new AskError('Error', 'This binding is not available yet.'));
}
