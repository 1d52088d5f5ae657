import { LRUCache } from 'lru-cache';
import type { MessageMemory, RememberedMessage } from '../accept-messages';

/** Creates the memory of the newest `size` messages and `size` idempotency keys of this process. */
export const createMessageMemory = (size: number): MessageMemory => {
  const messages = new LRUCache<string, RememberedMessage>({ max: size });
  const bodies = new LRUCache<string, string>({ max: size });
  // Application codes contain no line break, so two pairs never make one key.
  const toKey = (appId: string, name: string): string => `${appId}\n${name}`;
  return {
    message: (appId, messageId) => messages.get(toKey(appId, messageId)),
    rememberMessage: (appId, messageId, message) => {
      messages.set(toKey(appId, messageId), message);
    },
    bodyOfKey: (appId, key) => bodies.get(toKey(appId, key)),
    rememberKey: (appId, key, digest) => {
      bodies.set(toKey(appId, key), digest);
    },
  };
};
