import { type Database, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import { APP_COLUMN, ID_COLUMN, TIME_COLUMN, textColumn } from '../../../shared/database/oracle/oracle-columns';
import { changedRows } from '../../../shared/database/oracle/row-counts';
import { inTransaction } from '../../../shared/database/transaction';
import { BridgeError } from '../../../shared/errors';
import { WIDTHS } from '../../../shared/ledger/widths';
import { DEFAULT_VALIDITY_MS, LONGEST_LIFE_MS } from '../../../shared/sms/effective-times';
import type { MessageKey } from '../../../shared/sms/message-key';
import type { Announced } from '../announce-cancelled';
import type { CancelTombstone } from '../cancel-message';
import type { EndedMessage } from '../core/ended-message';

/** The code of an error that rolls the insert back. */
const MOVED = 'MESSAGE_MOVED';

/** The value of a NOT NULL column that is not known. */
const UNKNOWN = '?';

export type CancelStatements = {
  /** Sets NEW, QUEUED or SCHEDULED to CANCELLED, and leaves FINAL_AT for `markAnnounced`. */
  readonly markCancelled: (tx: Tx, messageId: string, appId: string, now: number) => Promise<boolean>;
  /** Enters a cancelled row, unless ledger or history have the message. */
  readonly insertTombstone: (row: CancelTombstone, now: number) => Promise<boolean>;
  readonly claimCancelled: (
    tx: Tx,
    target: MessageKey | { readonly limit: number },
  ) => Promise<readonly EndedMessage[]>;
  /** Sets an empty FINAL_AT, and the number as the event has it. Returns these messages. */
  readonly markAnnounced: (tx: Tx, messages: readonly Announced[], now: number) => Promise<readonly MessageKey[]>;
};

type InsertIfAbsent = (tx: Tx, row: CancelTombstone, expiresAt: number) => Promise<boolean>;

/**
 * Enters the row, then looks into the history. The insert may have waited for the archiver, which
 * moved the row away, and only a later statement sees the moved row.
 */
const insertTombstoneIn =
  (db: Database, insertIfAbsent: InsertIfAbsent, isMoved: (tx: Tx, message: MessageKey) => Promise<boolean>) =>
  async (row: CancelTombstone, now: number): Promise<boolean> => {
    try {
      return await inTransaction(db, async (tx) => {
        if (!(await insertIfAbsent(tx, row, row.expiresAt ?? now + LONGEST_LIFE_MS))) return false;
        if (await isMoved(tx, row)) throw new BridgeError(MOVED, 'the history has the message already');
        return true;
      });
    } catch (error) {
      if (error instanceof BridgeError && error.code === MOVED) return false;
      throw error;
    }
  };

type ClaimedRow = {
  readonly message_id: string;
  readonly app_id: string;
  readonly dest_addr: string;
  readonly context: string | null;
};

/** Returns a number in normalised form. */
type Spell = (destAddr: string) => string;

const toEndedMessage = (row: ClaimedRow, spell: Spell): EndedMessage => ({
  messageId: row.message_id,
  appId: row.app_id,
  destAddr: row.dest_addr === UNKNOWN ? null : spell(row.dest_addr) || null,
  context: row.context,
  status: 'CANCELLED',
  reason: 'CANCELLED',
});

/**
 * The ledger must remember a cancelled message until its record could no longer come, which is the
 * end of its validity. A row may have no validity yet.
 */
const MARK_SQL = `
UPDATE sm_send_t
   SET status = 'CANCELLED', reason = 'CANCELLED',
       expires_at = least(coalesce(expires_at, coalesce(scheduled_at, created_at) + $3::float8 * interval '1 millisecond'),
                          to_timestamp($4::float8 / 1000))
 WHERE message_id = $1 AND app_id = $2 AND status IN ('NEW', 'QUEUED', 'SCHEDULED') AND handed_at IS NULL AND final_at IS NULL`;

const TOMBSTONE_SQL = `
INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, context, status, reason, created_at, expires_at, source)
VALUES ($1, $2, $3, '${UNKNOWN}', $4, 'CANCELLED', 'CANCELLED', to_timestamp($5::float8 / 1000), to_timestamp($6::float8 / 1000), 'http')
ON CONFLICT (message_id, app_id) DO NOTHING`;

const claimSql = (condition: string): string => `
SELECT message_id, app_id, dest_addr, context FROM sm_send_t
 WHERE status = 'CANCELLED' AND final_at IS NULL ${condition} FOR UPDATE SKIP LOCKED`;
const CLAIM_ONE_SQL = claimSql('AND message_id = $1 AND app_id = $2');
const CLAIM_SOME_SQL = claimSql('ORDER BY message_id, app_id LIMIT $1');

const statementsOnPostgres = (db: Database, spell: Spell): CancelStatements => ({
  markCancelled: async ({ query }, messageId, appId, now) => {
    const { rowCount } = await query(
      MARK_SQL,
      [messageId, appId, DEFAULT_VALIDITY_MS, now + LONGEST_LIFE_MS],
      'producer-mark-cancelled',
    );
    return rowCount === 1;
  },
  insertTombstone: insertTombstoneIn(
    db,
    async ({ query }, row, expiresAt) => {
      const { rowCount } = await query(TOMBSTONE_SQL, [
        row.messageId,
        row.appId,
        row.to ?? UNKNOWN,
        row.context,
        row.createdAt,
        expiresAt,
      ]);
      return rowCount === 1;
    },
    async ({ query }, { messageId, appId }) =>
      (await query('SELECT 1 FROM sm_send_t_log WHERE message_id = $1 AND app_id = $2', [messageId, appId])).rowCount >
      0,
  ),
  claimCancelled: async ({ query }, target) => {
    const { rows } = await query<ClaimedRow>(
      'messageId' in target ? CLAIM_ONE_SQL : CLAIM_SOME_SQL,
      'messageId' in target ? [target.messageId, target.appId] : [target.limit],
      'messageId' in target ? 'producer-claim-cancelled-one' : 'producer-claim-cancelled',
    );
    return rows.map((row) => toEndedMessage(row, spell));
  },
  markAnnounced: async ({ query }, messages, now) => {
    const { rows } = await query<{ message_id: string; app_id: string }>(
      `UPDATE sm_send_t t SET final_at = to_timestamp($3::float8 / 1000), dest_addr = coalesce(m.dest_addr, t.dest_addr)
         FROM unnest($1::text[], $2::text[], $4::text[]) AS m (message_id, app_id, dest_addr)
        WHERE t.message_id = m.message_id AND t.app_id = m.app_id AND t.message_id = ANY($1) AND t.status = 'CANCELLED' AND t.final_at IS NULL
       RETURNING t.message_id, t.app_id`,
      [
        messages.map(({ messageId }) => messageId),
        messages.map(({ appId }) => appId),
        now,
        messages.map(({ destAddr }) => destAddr ?? null),
      ],
      'producer-mark-announced',
    );
    return rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));
  },
});

/**
 * LEAST with a NULL is NULL. A day after the end of the calendar is an error, so the sum's first
 * operand is limited first.
 */
const MARK_SQL_ON_ORACLE = `
UPDATE SM_SEND_T
   SET STATUS = 'CANCELLED', REASON = 'CANCELLED',
       EXPIRES_AT = LEAST(NVL(EXPIRES_AT, LEAST(NVL(SCHEDULED_AT, CREATED_AT), :latest) + NUMTODSINTERVAL(${DEFAULT_VALIDITY_MS / 1000}, 'SECOND')), :latest)
 WHERE MESSAGE_ID = :id AND APP_ID = :app AND STATUS IN ('NEW', 'QUEUED', 'SCHEDULED') AND HANDED_AT IS NULL AND FINAL_AT IS NULL`;

const TOMBSTONE_SQL_ON_ORACLE = `
INSERT INTO SM_SEND_T (MESSAGE_ID, APP_ID, DEST_ADDR, CONTENT, CONTEXT, STATUS, REASON, CREATED_AT, EXPIRES_AT, SOURCE)
VALUES (:id, :app, :dest, '${UNKNOWN}', :context, 'CANCELLED', 'CANCELLED', :created, :expires, 'http')`;

/** The expression of the index SM_SEND_T_CANCELLED, which holds these rows only. */
const NOT_ANNOUNCED = `CASE WHEN STATUS = 'CANCELLED' AND FINAL_AT IS NULL THEN MESSAGE_ID END`;

const claimSqlOnOracle = (condition: string, hint = ''): string => `
SELECT ${hint}MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT FROM SM_SEND_T T WHERE ${condition} FOR UPDATE OF FINAL_AT SKIP LOCKED`;
const CLAIM_ONE_SQL_ON_ORACLE = claimSqlOnOracle(
  `MESSAGE_ID = :1 AND APP_ID = :2 AND STATUS = 'CANCELLED' AND FINAL_AT IS NULL`,
);
const CLAIM_SOME_SQL_ON_ORACLE = claimSqlOnOracle(
  `${NOT_ANNOUNCED} IS NOT NULL ORDER BY ${NOT_ANNOUNCED}`,
  '/*+ INDEX(T SM_SEND_T_CANCELLED) */ ',
);

/**
 * Marks only rows that are still not announced: a cursor sees its rows as of the moment when it was
 * opened.
 */
const MARK_ANNOUNCED_SQL_ON_ORACLE = `
UPDATE SM_SEND_T SET FINAL_AT = :1, DEST_ADDR = NVL(:2, DEST_ADDR) WHERE MESSAGE_ID = :3 AND APP_ID = :4 AND STATUS = 'CANCELLED' AND FINAL_AT IS NULL`;

const MARK_ANNOUNCED_BINDS = [TIME_COLUMN, textColumn(WIDTHS.number), ID_COLUMN, APP_COLUMN];

const statementsOnOracle = (db: Database, spell: Spell): CancelStatements => ({
  markCancelled: async ({ oracle }, messageId, appId, now) => {
    const { rowCount } = await oracle.execute(MARK_SQL_ON_ORACLE, {
      latest: new Date(now + LONGEST_LIFE_MS),
      id: messageId,
      app: appId,
    });
    return rowCount === 1;
  },
  insertTombstone: insertTombstoneIn(
    db,
    async ({ oracle }, row, expiresAt) => {
      try {
        await oracle.execute(TOMBSTONE_SQL_ON_ORACLE, {
          id: row.messageId,
          app: row.appId,
          dest: row.to ?? UNKNOWN,
          context: row.context,
          created: new Date(row.createdAt),
          expires: new Date(expiresAt),
        });
        return true;
      } catch (error) {
        // Oracle undoes a failed statement alone, so the transaction can continue.
        if (error instanceof BridgeError && error.code === 'DB_UNIQUE') return false;
        throw error;
      }
    },
    async ({ oracle }, { messageId, appId }) => {
      const { rows } = await oracle.execute(
        'SELECT MESSAGE_ID FROM SM_SEND_T_LOG WHERE MESSAGE_ID = :1 AND APP_ID = :2',
        [messageId, appId],
      );
      return rows.length > 0;
    },
  ),
  claimCancelled: async ({ oracle }, target) => {
    const { rows } =
      'messageId' in target
        ? await oracle.execute<ClaimedRow>(CLAIM_ONE_SQL_ON_ORACLE, [target.messageId, target.appId], { maxRows: 1 })
        : await oracle.execute<ClaimedRow>(CLAIM_SOME_SQL_ON_ORACLE, [], { maxRows: target.limit });
    return rows.map((row) => toEndedMessage(row, spell));
  },
  markAnnounced: async ({ oracle }, messages, now) => {
    const time = new Date(now);
    const counts = await oracle.executeMany(
      MARK_ANNOUNCED_SQL_ON_ORACLE,
      messages.map(({ messageId, appId, destAddr = null }) => [time, destAddr, messageId, appId]),
      MARK_ANNOUNCED_BINDS,
    );
    return changedRows(messages, counts);
  },
});

const STATEMENTS: PerEngine<(db: Database, spell: Spell) => CancelStatements> = {
  pg: statementsOnPostgres,
  oracledb: statementsOnOracle,
};

const AS_TYPED: Spell = (destAddr) => destAddr;

/**
 * Creates the cancel statements of the engine.
 * @param spell returns the number of a cancelled message as its event contains it
 */
export const createCancelStatements = (db: Database, spell: Spell = AS_TYPED): CancelStatements =>
  forEngine(db.engine, STATEMENTS)(db, spell);
