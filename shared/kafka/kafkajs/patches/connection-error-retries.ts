import { explainKafka } from '../kafka-errors';

type ErrorClass = { readonly prototype: Error };

/**
 * kafkajs takes every failed connection for something that passes: with a certificate that nobody trusts it would try for half a minute before it
 * says so. What only a changed setting or certificate can mend is now as final to it as a wrong password.
 */
export const endLastingRetries = (): void => {
  const { KafkaJSConnectionError } = require('kafkajs/src/errors') as { KafkaJSConnectionError: ErrorClass };
  if (Object.hasOwn(KafkaJSConnectionError.prototype, 'retriable')) return;
  Object.defineProperty(KafkaJSConnectionError.prototype, 'retriable', {
    get(this: Error) {
      return explainKafka(this)?.lasting !== true;
    },
    // its constructor sets it
    set: () => undefined,
  });
};
