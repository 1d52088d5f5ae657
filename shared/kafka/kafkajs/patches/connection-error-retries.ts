import { explainKafka } from '../kafka-errors';

type ErrorClass = { readonly prototype: Error };

const apply = (): void => {
  const { KafkaJSConnectionError } = require('kafkajs/src/errors') as { KafkaJSConnectionError: ErrorClass };
  Object.defineProperty(KafkaJSConnectionError.prototype, 'retriable', {
    get(this: Error) {
      return explainKafka(this)?.lasting !== true;
    },
    // its constructor sets it
    set: () => undefined,
  });
};

/**
 * Ends retries that cannot succeed. kafkajs retries every failed connection: it would report a
 * certificate of an unknown authority only after half a minute. An error that needs another setting
 * or certificate becomes as final as a wrong password.
 */
export const patch = { name: 'connection error retries', since: '2.2.4', apply } as const;
