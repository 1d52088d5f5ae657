import type { SmsSend } from '../../../shared/avro/records';
import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import {
  APP_COLUMN,
  ID_COLUMN,
  REASON_COLUMN,
  TIME_COLUMN,
  textColumn,
} from '../../../shared/database/oracle/oracle-columns';
import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';
import type { OracleStatements } from '../../../shared/database/oracle/oracle-statements';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import { isSingleValueError, readAround, requireOneRow, toReadProblem } from '../../../shared/database/read-around';
import { WIDTHS } from '../../../shared/ledger/widths';
import { DEFAULT_VALIDITY_MS } from '../../../shared/sms/effective-times';
import type { MessageKey } from '../../../shared/sms/message-key';
import type { IntakePorts, IntakeRow } from '../intake-batch';
import type { OracleMessage } from './oracle-message';

export type IntakeStatements = Pick<IntakePorts<Tx>, 'claimNew' | 'markQueued' | 'markRejected'>;

/**
 * The key of the live table keeps an id unique there. The subquery finds ids that the history
 * contains already.
 */
const CLAIM = `
SELECT message_id AS "messageId", app_id AS "appId", dest_addr AS "to", content, ext_code AS "extCode", priority, need_report AS "needReport",
       context, (extract(epoch FROM scheduled_at) * 1000)::float8 AS "scheduledAt", (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt",
       (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt",
       (SELECT 1 FROM sm_send_t_log h WHERE h.message_id = t.message_id AND h.app_id = t.app_id) AS reused
  FROM sm_send_t t WHERE status = 'NEW' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED`;

/**
 * Gives each row a validity: a queued row whose record is lost ends with it. The relay sets the one
 * that counts. LEAST keeps a time at the end of the calendar from failing the whole batch.
 * It does not check for NEW: PostgreSQL evaluates the claim's WHERE again on each row that it locks
 * (manual, 13.2.1), and with the condition the planner reads all of sm_send_t_new for each batch.
 */
const QUEUE = `
UPDATE sm_send_t t
   SET status = 'QUEUED',
       expires_at = coalesce(expires_at, least(coalesce(scheduled_at, created_at), '294276-12-01') + $3::float8 * interval '1 millisecond')
  FROM unnest($1::text[], $2::text[]) AS m (message_id, app_id)
 WHERE t.message_id = m.message_id AND t.app_id = m.app_id AND t.message_id = ANY($1)`;

const REJECT = `
UPDATE sm_send_t t
   SET status = 'REJECTED', reason = m.reason, final_at = to_timestamp($4::float8 / 1000), expires_at = to_timestamp($4::float8 / 1000),
       dest_addr = coalesce(nullif(m.dest_addr, ''), t.dest_addr)
  FROM unnest($1::text[], $2::text[], $3::text[], $5::text[]) AS m (message_id, app_id, reason, dest_addr)
 WHERE t.message_id = m.message_id AND t.app_id = m.app_id AND t.message_id = ANY($1)`;

const toClaimed = ({ reused, ...row }: SmsSend & { readonly reused: unknown }): IntakeRow =>
  reused === null ? row : { ...row, reused: true };

const toLists = (messages: readonly MessageKey[]) => [
  messages.map(({ messageId }) => messageId),
  messages.map(({ appId }) => appId),
];

const statementsOnPostgres: IntakeStatements = {
  claimNew: async ({ query }, limit) => {
    const { rows } = await query<Parameters<typeof toClaimed>[0]>(CLAIM, [limit], 'producer-claim-new');
    return rows.map(toClaimed);
  },
  markQueued: async ({ query }, rows) => {
    await query(QUEUE, [...toLists(rows), DEFAULT_VALIDITY_MS], 'producer-mark-queued');
    return rows;
  },
  markRejected: async ({ query }, messages, now) => {
    const reasons = messages.map(({ reason }) => reason);
    await query(REJECT, [...toLists(messages), reasons, now, messages.map(({ destAddr = '' }) => destAddr)]);
  },
};

type OracleRow = OracleMessage & { readonly ext_code: string | null; readonly reused: number | string | null };

/** The expression of the index SM_SEND_T_NEW, which holds NEW rows only. */
const NEW_ROWS = `CASE WHEN STATUS = 'NEW' THEN CREATED_AT END`;

/**
 * Rows are locked as they are fetched, so `maxRows` is the number of locked rows. Without the hint
 * Oracle may sort the whole table.
 */
const claimOf = (columns: string): string => `
SELECT /*+ FIRST_ROWS(100) INDEX(T SM_SEND_T_NEW) */ ${columns}
  FROM SM_SEND_T T WHERE ${NEW_ROWS} IS NOT NULL ORDER BY ${NEW_ROWS} FOR UPDATE OF STATUS SKIP LOCKED`;
const MESSAGE_COLUMNS =
  'MESSAGE_ID, APP_ID, DEST_ADDR, CONTENT, EXT_CODE, PRIORITY, NEED_REPORT, CONTEXT, SCHEDULED_AT, EXPIRES_AT, CREATED_AT';
const REUSED = '(SELECT 1 FROM SM_SEND_T_LOG H WHERE H.MESSAGE_ID = T.MESSAGE_ID AND H.APP_ID = T.APP_ID) AS REUSED';
const CLAIM_ON_ORACLE = claimOf(`${MESSAGE_COLUMNS}, ${REUSED}`);
const CLAIM_IDS_ON_ORACLE = claimOf('MSG_ID, MESSAGE_ID, APP_ID');

/**
 * Marks only rows that are still NEW: a cursor sees its rows as of the moment when it was opened.
 * LEAST keeps a schedule at the end of the calendar from failing the whole batch.
 */
const QUEUE_ON_ORACLE = `
UPDATE SM_SEND_T
   SET STATUS = 'QUEUED',
       EXPIRES_AT = NVL(EXPIRES_AT, LEAST(NVL(SCHEDULED_AT, CREATED_AT), TIMESTAMP '9999-12-01 00:00:00') + NUMTODSINTERVAL(${DEFAULT_VALIDITY_MS / 1000}, 'SECOND'))
 WHERE MESSAGE_ID = :1 AND APP_ID = :2 AND STATUS = 'NEW'`;

const REJECT_ON_ORACLE = `
UPDATE SM_SEND_T SET STATUS = 'REJECTED', REASON = :1, FINAL_AT = :2, EXPIRES_AT = :3, DEST_ADDR = NVL(:4, DEST_ADDR) WHERE MESSAGE_ID = :5 AND APP_ID = :6`;

const QUEUED_COLUMNS = [ID_COLUMN, APP_COLUMN];
const REJECTED_COLUMNS = [REASON_COLUMN, TIME_COLUMN, TIME_COLUMN, textColumn(WIDTHS.number), ID_COLUMN, APP_COLUMN];

const toMessage = (row: OracleRow): IntakeRow =>
  toClaimed({
    messageId: row.message_id,
    appId: row.app_id,
    to: row.dest_addr,
    content: row.content,
    extCode: row.ext_code,
    priority: Number(row.priority),
    needReport: Number(row.need_report) === 1,
    context: row.context,
    scheduledAt: row.scheduled_at?.getTime() ?? null,
    expiresAt: row.expires_at?.getTime() ?? null,
    createdAt: row.created_at.getTime(),
    reused: row.reused,
  });

const NOTHING_READ = { to: '', content: '', extCode: null, priority: 1, needReport: false, context: null };

type RowIds = Pick<OracleRow, 'message_id' | 'app_id'> & { readonly msg_id: string };

/**
 * Locks the next rows by columns that can always be read. Reads around rows with an unreadable
 * text, which was cut within a character.
 */
const claimAroundUnreadable = async ({ execute }: OracleStatements, limit: number): Promise<readonly IntakeRow[]> => {
  const { rows: locked } = await execute<RowIds>(CLAIM_IDS_ON_ORACLE, [], {
    maxRows: limit,
  });
  const read = await readAround(
    locked.map(({ msg_id }) => msg_id),
    async (ids) => {
      const list = inList('MSG_ID', paddedLength(ids.length));
      const { rows } = await execute<OracleRow>(
        `SELECT ${MESSAGE_COLUMNS}, ${REUSED} FROM SM_SEND_T T WHERE ${list} ORDER BY CREATED_AT`,
        padded(ids),
      );
      return rows.map(toMessage);
    },
  );
  requireOneRow('SM_SEND_T', read);
  const idsOf = new Map(locked.map((row) => [row.msg_id, row]));
  return [
    ...read.rows,
    ...read.unreadable.map((row) => ({
      ...NOTHING_READ,
      ...{
        messageId: idsOf.get(row.id)?.message_id ?? '',
        appId: idsOf.get(row.id)?.app_id ?? '',
        scheduledAt: null,
        expiresAt: null,
        createdAt: 0,
      },
      unreadable: { code: 'ROW_UNREADABLE', field: null, message: toReadProblem([], row).message },
    })),
  ];
};

const statementsOnOracle: IntakeStatements = {
  claimNew: async ({ oracle }, limit) => {
    try {
      return (await oracle.execute<OracleRow>(CLAIM_ON_ORACLE, [], { maxRows: limit })).rows.map(toMessage);
    } catch (error) {
      if (!isSingleValueError(error)) throw error;
      return claimAroundUnreadable(oracle, limit);
    }
  },
  markQueued: async ({ oracle }, rows) => {
    const keys = rows.map(({ messageId, appId }) => [messageId, appId]);
    return changedRows(rows, await oracle.executeMany(QUEUE_ON_ORACLE, keys, QUEUED_COLUMNS));
  },
  markRejected: async ({ oracle }, messages, now) => {
    const time = new Date(now);
    await oracle.executeMany(
      REJECT_ON_ORACLE,
      messages.map(({ messageId, appId, reason, destAddr = '' }) => [reason, time, time, destAddr, messageId, appId]),
      REJECTED_COLUMNS,
    );
  },
};

const STATEMENTS: PerEngine<IntakeStatements> = { pg: statementsOnPostgres, oracledb: statementsOnOracle };

export const createIntakeStatements = ({ engine }: { readonly engine: Engine }): IntakeStatements =>
  forEngine(engine, STATEMENTS);
