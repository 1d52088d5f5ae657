import { hashSecret, parseApiKey } from '../../shared/accounts/api-key';
import type { SmsSend, SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import { type BridgeGround, type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { handedMessages } from '../support/handed-messages';
import { insertRows as insertInto } from '../support/insert-rows';
import type { ServiceProcess } from '../support/service-process';
import { waitUntil } from '../support/wait-until';

export const KEYS = { billing: 'billing.secret-1', portal: 'portal.secret-2' } as const;

export type ProducerWorld = BridgeWorld & {
  readonly produce: (env?: Readonly<Record<string, string>>) => ServiceProcess;
  readonly addressOf: (producer: ServiceProcess) => Promise<string>;
  /** Returns the records on sms.send, raw and decoded. */
  readonly sent: () => Promise<readonly (KafkaRecord & { readonly message: SmsSend })[]>;
  readonly statuses: () => Promise<readonly SmsStatus[]>;
  /** Returns the rows handed over to the province, in order. */
  readonly handed: () => Promise<readonly string[]>;
  readonly statusOf: (messageId: string) => Promise<string | undefined>;
};

const decoded = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error('a record cannot be decoded');
  return result.value;
};

/**
 * Starts the services as processes, and creates applications with API keys. `ground` is a database
 * that is shared with other worlds.
 */
export const createProducerWorld = async (ground?: BridgeGround): Promise<ProducerWorld> => {
  const world = await createBridgeWorld(ground === undefined ? {} : { ground });
  const { database, codecs } = world;
  for (const [appId, key] of Object.entries(KEYS)) {
    const { username, secret } = parseApiKey(key) as { username: string; secret: string };
    // an account that only uses HTTP may have any name
    await database.run('UPDATE login_user SET api_key_hash = $1, username = $2 WHERE app_id = $3', [
      hashSecret(secret),
      username,
      appId,
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
    handed: () => handedMessages(database.run),
    statusOf: async (messageId) => {
      const [row] = await database.run<{ status: string; final_at: Date | null }>(
        'SELECT status, final_at FROM sm_send_t WHERE message_id = $1',
        [messageId],
      );
      return row && `${row.status}${row.final_at === null ? '' : ' final'}`;
    },
  };
};

/** Inserts rows as business systems do. */
export const insertRows = async (
  world: BridgeWorld,
  prefix: string,
  count: number,
  change: { readonly destAddr?: string; readonly scheduledAt?: Date } = {},
): Promise<readonly string[]> => {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);
  const before = Date.now() - count;
  await insertInto(
    world.database.db,
    'sm_send_t',
    ids.map((id, index) => ({
      message_id: id,
      app_id: 'billing',
      dest_addr: change.destAddr ?? `1380013${id.slice(-4)}`,
      content: '停电通知',
      status: 'NEW',
      created_at: new Date(before + index),
      ...(change.scheduledAt === undefined ? {} : { scheduled_at: change.scheduledAt }),
      source: 'table',
    })),
  );
  return ids;
};
