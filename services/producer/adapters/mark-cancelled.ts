import { type Database, forEngine, type PerEngine, type Query } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { BridgeError } from '../../shared/errors';
import { DEFAULT_VALIDITY_MS, LONGEST_LIFE_MS } from '../../shared/sms/effective-times';
import type { Forestalled } from '../cancel-message';
import type { EndedMessage } from '../core/to-ended-event';

/** Rolls the insert back. */
const MOVED = 'MESSAGE_MOVED';

/** Stands in a row's NOT NULL columns for what is not known. */
const UNKNOWN = '?';

export type CancelStatements = {
  /** NEW, QUEUED or SCHEDULED → CANCELLED with FINAL_AT still empty: the event is not published yet. */
  readonly markCancelled: (query: Query, messageId: string, appId: string, now: number) => Promise<boolean>;
  /** Enters a cancelled row, unless ledger or history have the message. */
  readonly forestall: (row: Forestalled, now: number) => Promise<boolean>;
  readonly claimCancelled: (
    query: Query,
    of: { readonly messageId: string } | { readonly limit: number },
  ) => Promise<readonly EndedMessage[]>;
  readonly markAnnounced: (query: Query, messageIds: readonly string[], now: number) => Promise<void>;
};

/** The ledger must remember a cancelled message as long as its record could still come: until its validity, which nobody may have set yet. */
const MARK = `
UPDATE sm_send_t
   SET status = 'CANCELLED', reason = 'CANCELLED',
       expires_at = least(coalesce(expires_at, coalesce(scheduled_at, created_at) + $3::float8 * interval '1 millisecond'),
                          to_timestamp($4::float8 / 1000))
 WHERE message_id = $1 AND app_id = $2 AND status IN ('NEW', 'QUEUED', 'SCHEDULED') AND handed_at IS NULL AND final_at IS NULL`;

const FORESTALL = `
INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, context, status, reason, created_at, expires_at, source)
VALUES ($1, $2, $3, '${UNKNOWN}', $4, 'CANCELLED', 'CANCELLED', to_timestamp($5::float8 / 1000), to_timestamp($6::float8 / 1000), 'http')
ON CONFLICT (message_id) DO NOTHING`;

const claim = (which: string): string => `
SELECT message_id, app_id, dest_addr, context FROM sm_send_t
 WHERE status = 'CANCELLED' AND final_at IS NULL ${which} FOR UPDATE SKIP LOCKED`;
const CLAIM_ONE = claim('AND message_id = $1');
const CLAIM_SOME = claim('ORDER BY message_id LIMIT $1');

const statementsOnPostgres = (db: Database): CancelStatements => ({
  markCancelled: async (query, messageId, appId, now) => {
    const { rowCount } = await query(
      MARK,
      [messageId, appId, DEFAULT_VALIDITY_MS, now + LONGEST_LIFE_MS],
      'producer-mark-cancelled',
    );
    return rowCount === 1;
  },
  forestall: (row, now) =>
    inTransaction(db, async ({ query }) => {
      const { rowCount } = await query(FORESTALL, [
        row.messageId,
        row.appId,
        row.to ?? UNKNOWN,
        row.context,
        row.createdAt,
        row.expiresAt ?? now + LONGEST_LIFE_MS,
      ]);
      if (rowCount === 0) return false;
      // the insert may have waited for the archiver, which moved the row away: only a later statement sees that
      const moved = await query('SELECT 1 FROM sm_send_t_log WHERE message_id = $1', [row.messageId]);
      if (moved.rowCount > 0) throw new BridgeError(MOVED, 'the history has the message already');
      return true;
    }).catch((error: unknown) => {
      if (error instanceof BridgeError && error.code === MOVED) return false;
      throw error;
    }),
  claimCancelled: async (query, of) => {
    const { rows } = await query<{ message_id: string; app_id: string; dest_addr: string; context: string | null }>(
      'messageId' in of ? CLAIM_ONE : CLAIM_SOME,
      ['messageId' in of ? of.messageId : of.limit],
      'messageId' in of ? 'producer-claim-cancelled-one' : 'producer-claim-cancelled',
    );
    return rows.map((row) => ({
      messageId: row.message_id,
      appId: row.app_id,
      destAddr: row.dest_addr === UNKNOWN ? null : row.dest_addr,
      context: row.context,
      status: 'CANCELLED',
      reason: 'CANCELLED',
    }));
  },
  markAnnounced: async (query, messageIds, now) => {
    await query(
      'UPDATE sm_send_t SET final_at = to_timestamp($2::float8 / 1000) WHERE message_id = ANY($1)',
      [messageIds, now],
      'producer-mark-announced',
    );
  },
});

const STATEMENTS: PerEngine<(db: Database) => CancelStatements> = { pg: statementsOnPostgres };

export const createCancelStatements = (db: Database): CancelStatements => forEngine(db.engine, STATEMENTS)(db);
