import type { SmsSend } from '../../shared/avro/records';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { NUMBER_COLUMN, TIME_COLUMN, textColumn } from '../../shared/database/oracle/oracle-columns';

/**
 * Inserts messages with a business system's account, as any program would; triggers and defaults
 * fill in the other columns.
 */
type InsertIntoTable = (db: Database, messages: readonly SmsSend[]) => Promise<void>;

const INSERT_PG = `INSERT INTO sm_send_t (message_id, dest_addr, content, priority, context, scheduled_at, expires_at)
SELECT message_id, dest_addr, content, priority, context, to_timestamp(scheduled_ms / 1000), to_timestamp(expires_ms / 1000)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::float8[], $7::float8[])
    AS m (message_id, dest_addr, content, priority, context, scheduled_ms, expires_ms)`;

const INSERT_ORACLE = `INSERT INTO SM_SEND_T (MESSAGE_ID, DEST_ADDR, CONTENT, PRIORITY, CONTEXT, SCHEDULED_AT, EXPIRES_AT)
VALUES (:1, :2, :3, :4, :5, :6, :7)`;

const COLUMNS_ORACLE = [
  textColumn(64),
  textColumn(64),
  textColumn(1000),
  NUMBER_COLUMN,
  textColumn(500),
  TIME_COLUMN,
  TIME_COLUMN,
];

const toDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const INSERT: PerEngine<InsertIntoTable> = {
  pg: async ({ query }, messages) => {
    const column = <T>(field: (message: SmsSend) => T): T[] => messages.map(field);
    await query(INSERT_PG, [
      column(({ messageId }) => messageId),
      column(({ to }) => to),
      column(({ content }) => content),
      column(({ priority }) => priority),
      column(({ context }) => context),
      column(({ scheduledAt }) => scheduledAt),
      column(({ expiresAt }) => expiresAt),
    ]);
  },
  oracledb: async ({ oracle }, messages) => {
    const rows = messages.map(({ messageId, to, content, priority, context, scheduledAt, expiresAt }) => [
      messageId,
      to,
      content,
      priority,
      context,
      toDate(scheduledAt),
      toDate(expiresAt),
    ]);
    await oracle.executeMany(INSERT_ORACLE, rows, COLUMNS_ORACLE);
  },
};

export const insertIntoTable: InsertIntoTable = (db, messages) => forEngine(db.engine, INSERT)(db, messages);
