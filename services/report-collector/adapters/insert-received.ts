import type { SmsReceived } from '../../shared/avro/records';
import type { Query } from '../../shared/database/open-database';

/** Enters inbound messages; one that is there already (its row came again after a restore) stays as it is. */
export const insertReceived = async (query: Query, received: readonly SmsReceived[]): Promise<void> => {
  await query(
    `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at)
     SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, to_timestamp(received_ms / 1000), to_timestamp(recorded_ms / 1000),
            to_timestamp(recorded_ms / 1000)
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[])
         AS r (received_id, src_addr, dest_addr, ext_code, app_id, content, received_ms, recorded_ms)
     ON CONFLICT DO NOTHING`,
    [
      received.map((message) => message.receivedId),
      received.map((message) => message.from),
      received.map((message) => message.to),
      received.map((message) => message.extCode),
      received.map((message) => message.appId),
      received.map((message) => message.content),
      received.map((message) => message.receivedAt),
      received.map((message) => message.recordedAt),
    ],
    'collector-insert-received',
  );
};
