import { hashSecret } from '../../services/shared/accounts/api-key';
import type { SmsSend, SmsStatus } from '../../services/shared/avro/records';
import type { KafkaRecord } from '../../services/shared/kafka/ports';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import type { ServiceProcess } from '../support/service-process';
import { waitUntil } from '../support/wait-until';

export const KEYS = { billing: 'billing.secret-1', portal: 'portal.secret-2' } as const;

export type ProducerWorld = BridgeWorld & {
  /** starts one more producer */
  readonly produce: (env?: Readonly<Record<string, string>>) => ServiceProcess;
  readonly addressOf: (producer: ServiceProcess) => Promise<string>;
  /** what is on sms.send, as records and as messages */
  readonly sent: () => Promise<readonly (KafkaRecord & { readonly message: SmsSend })[]>;
  readonly statuses: () => Promise<readonly SmsStatus[]>;
  /** what is handed over to the province, in order */
  readonly handed: () => Promise<readonly string[]>;
  readonly statusOf: (messageId: string) => Promise<string | undefined>;
};

const decoded = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error('a record cannot be decoded');
  return result.value;
};

/** The services as processes, and applications with API keys. */
export const createProducerWorld = async (): Promise<ProducerWorld> => {
  const world = await createBridgeWorld();
  const { database, codecs } = world;
  for (const [username, key] of Object.entries(KEYS)) {
    const secret = key.slice(key.indexOf('.') + 1);
    await database.db.query('UPDATE login_user SET api_key_hash = $2 WHERE username = $1', [
      username,
      hashSecret(secret),
    ]);
  }
  let started = 0;
  return {
    ...world,
    produce: (env = {}) => {
      started += 1;
      return world.start('producer', { INSTANCE_ID: `producer-${started}`, ...env });
    },
    addressOf: async (producer) => {
      const line = await waitUntil(
        () => `the producer listens; ${JSON.stringify(producer.log.slice(-5))}`,
        () => producer.log.find(({ msg }) => msg === 'http'),
      );
      return line.address as string;
    },
    sent: async () => {
      const records = await world.read('send');
      return records.map((record) => ({ ...record, message: decoded(codecs.send.decode(record.value)) }));
    },
    statuses: async () => (await world.read('status')).map(({ value }) => decoded(codecs.status.decode(value))),
    handed: async () => {
      const { rows } = await database.db.query<{ msg_id: string }>(
        'SELECT msg_id FROM client_sms_send ORDER BY seq_id',
      );
      return rows.map(({ msg_id }) => msg_id);
    },
    statusOf: async (messageId) => {
      const { rows } = await database.db.query<{ status: string; final: boolean }>(
        'SELECT status, final_at IS NOT NULL AS final FROM sm_send_t WHERE message_id = $1',
        [messageId],
      );
      return rows[0] && `${rows[0].status}${rows[0].final ? ' final' : ''}`;
    },
  };
};

/** Rows as business systems insert them. */
export const insertRows = async (
  world: BridgeWorld,
  prefix: string,
  count: number,
  change: { readonly destAddr?: string; readonly scheduledAt?: string } = {},
): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);
  await world.database.db.query(
    `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, scheduled_at, source)
     SELECT id, 'billing', coalesce($2, '1380013' || right(id, 4)), '停电通知', 'NEW', now() + n * interval '1 microsecond', $3::timestamptz, 'table'
       FROM unnest($1::text[]) WITH ORDINALITY AS m (id, n)`,
    [ids, change.destAddr ?? null, change.scheduledAt ?? null],
  );
  return ids;
};
