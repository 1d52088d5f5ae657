import type { SmsSend } from '../../../shared/avro/records';
import { LATEST_MS } from '../../../shared/ledger/latest';
import type { Refusal } from '../core/message-request';

const isTime = (ms: number | null): boolean => ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= LATEST_MS);

/**
 * Returns why a message cannot be written as a record. A table row can hold times that no record
 * can: `infinity`, or the year 200,000.
 */
export const toEncodeRefusal = (message: SmsSend, cause: string): Refusal => {
  if (!isTime(message.scheduledAt)) {
    return { code: 'SCHEDULE_INVALID', field: 'scheduledAt', message: 'scheduledAt must be at most 30 days ahead' };
  }
  if (!isTime(message.expiresAt)) {
    return {
      code: 'VALIDITY_INVALID',
      field: 'expiresAt',
      message: 'expiresAt must be at most 72 h after scheduledAt',
    };
  }
  return { code: 'MESSAGE_INVALID', field: null, message: cause };
};
