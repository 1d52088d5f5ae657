import { eventId } from '../../../shared/event-id';
import type { MessageRequest } from './message-request';

/**
 * Returns the id of a message whose caller sent an idempotency key. The same application and key
 * give the same id in every process, so a repetition needs no look-up.
 * @param index the message's place in a batch; null for a message sent alone
 */
export const toKeyedMessageId = (appId: string, key: string, index: number | null): string =>
  index === null ? eventId('http', appId, key) : eventId('http', appId, key, index);

/**
 * Returns a digest that is equal for equal bodies, and practically only for them. null stands for a
 * message that could not be read.
 */
export const toBodyDigest = (requests: readonly (MessageRequest | null)[], batch: boolean): string =>
  eventId(
    'body',
    JSON.stringify([
      batch,
      ...requests.map(
        (request) =>
          request && [
            request.messageId,
            request.to,
            request.content,
            request.extCode,
            request.priority,
            request.needReport,
            request.scheduledAt,
            request.expiresAt,
            request.context,
          ],
      ),
    ]),
  );
