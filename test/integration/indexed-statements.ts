import { type ArchivePlan, planArchive } from '../../services/archiver/core/plan-archive';
import { createSettleAcks } from '../../services/archiver/sql/acked-rows';
import { createEndMessages, END_UNANSWERED, EXPIRE_UNHANDED } from '../../services/archiver/sql/end-messages';
import { MOVE_RULES } from '../../services/archiver/sql/move-rules';
import { createMoveSlice } from '../../services/archiver/sql/move-slice';
import { createOfferAgain } from '../../services/archiver/sql/offer-again';
import { createPurgeSlice, PURGE_RECEIVED, PURGE_SENT } from '../../services/archiver/sql/purge-history';
import { createDispatchDue } from '../../services/exchange-relay/sql/dispatch-due';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createFindKnownMessages } from '../../services/exchange-relay/sql/known-messages';
import { createRelayOffsets } from '../../services/exchange-relay/sql/relay-offsets';
import { createIntakeStatements } from '../../services/producer/sql/claim-new-rows';
import { createFindMessages } from '../../services/producer/sql/find-messages';
import { createReceivedStatements } from '../../services/producer/sql/find-received';
import { createCancelStatements } from '../../services/producer/sql/mark-cancelled';
import { createExchangeClaims } from '../../services/report-collector/sql/claim-rows';
import { createLockMessages } from '../../services/report-collector/sql/lock-messages';
import { createWaitingReports } from '../../services/report-collector/sql/waiting-reports';
import { type Database, type Engine, forEngine, type PerEngine, type Tx } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

const MAPPING = loadExchangeMapping();
const DAY = 86_400_000;
const now = Date.now();
const plan: ArchivePlan = planArchive(now, {
  reportDeadlineMs: 3 * DAY,
  receivedRetryMs: DAY / 2,
  receivedMaxAttempts: 3,
  pendingAckMs: 2 * DAY,
  sendLogRetentionMs: 90 * DAY,
  receiveLogRetentionMs: 90 * DAY,
  sliceRows: 500,
});

export type IndexedStatement = readonly [
  name: string,
  indexes: readonly string[],
  run: (tx: Tx, db: Database) => Promise<unknown>,
];

/**
 * PostgreSQL finds final messages without a validity by NULLs in an index; Oracle's indexes hold
 * none.
 */
const UNDATED: PerEngine<readonly string[]> = { pg: [], oracledb: ['sm_send_t_undated'] };

/** Returns each statement with the indexes that serve it (besides primary keys). */
export const statementsOn = (engine: Engine): readonly IndexedStatement[] => [
  [
    'relay: hand over',
    ['sm_send_t_pkey'],
    (tx, db) =>
      createHandOver(db.engine, MAPPING)(
        tx,
        [
          {
            messageId: 'm-00000006',
            appId: 'app-6',
            extCode: null,
            destAddr: '1',
            content: 'x',
            priority: 1,
            needReport: true,
            context: null,
            status: 'HANDED',
            reason: null,
            scheduledAt: null,
            expiresAt: now + DAY,
            createdAt: now,
            partCount: 1,
          },
        ],
        now,
      ),
  ],
  [
    'relay: whose is it',
    ['sm_send_t_pkey'],
    (tx, db) => createFindKnownMessages(db.engine)(tx, ['m-00000001', 'm-00000002']),
  ],
  [
    'relay: does history have it',
    ['sm_send_t_log_pkey'],
    (tx, db) =>
      createRelayOffsets(db.engine).advance(tx, 'g', [{ topic: 't', partition: 0, nextOffset: 1 }], ['h-00000001']),
  ],
  [
    'relay: dispatch what is due',
    ['sm_send_t_scheduled'],
    (tx, db) => createDispatchDue(db.engine, MAPPING)(tx, 100, now),
  ],
  ['producer: table intake', ['sm_send_t_new'], (tx, db) => createIntakeStatements(db.engine).claimNew(tx, 100)],
  [
    'producer: status over HTTP',
    ['sm_send_t_pkey', 'sm_send_t_log_pkey'],
    (tx, db) => createFindMessages(db.engine)(tx, ['m-00000001', 'h-00000001']),
  ],
  [
    'producer: cancelled',
    ['sm_send_t_cancelled'],
    (tx, db) => createCancelStatements(db).claimCancelled(tx, { limit: 100 }),
  ],
  [
    'producer: received over HTTP',
    ['sm_receive_t_read', 'sm_receive_t_log_read'],
    (tx, db) => createReceivedStatements(db).findAfter(tx, 'app-7', { offeredAt: now - DAY, id: '' }, 100),
  ],
  [
    'producer: whose is the received message',
    ['sm_receive_t_pkey', 'sm_receive_t_log_pkey'],
    (tx, db) => createReceivedStatements(db).findOwner(tx, 'l-00000001'),
  ],
  [
    'collector: claim',
    ['client_sms_resp_pkey', 'client_sms_report_pkey', 'client_sms_recv_pkey'],
    async (tx, db) => {
      const claims = createExchangeClaims(db, MAPPING);
      for (const claim of [claims.resp, claims.report, claims.recv]) await claim(tx, { limit: 100 });
    },
  ],
  [
    'collector: waiting reports',
    ['sm_report_wait_next'],
    (tx) => createWaitingReports(engine).claim(tx, { limit: 100 }, now),
  ],
  [
    'collector: by the gateway’s id',
    ['sm_send_t_gateway', 'sm_send_part_gateway', 'sm_send_t_msg_id'],
    (tx) =>
      createLockMessages(engine, true)(tx, 'live', {
        msgIds: ['m-00000001'],
        gatewayKeys: ['AB', 'CD'],
        sentAfter: now - DAY,
      }),
  ],
  [
    'collector: by the gateway’s id, in history',
    ['sm_send_t_log_gateway', 'sm_send_t_log_msg_id'],
    (tx) =>
      createLockMessages(engine, false)(tx, 'history', {
        msgIds: ['h-00000001'],
        gatewayKeys: ['AB', 'CD'],
        sentAfter: now - DAY,
      }),
  ],
  [
    'archiver: end unanswered messages',
    ['sm_send_t_open'],
    (tx) => createEndMessages(engine, END_UNANSWERED)(tx, plan, 0),
  ],
  [
    'archiver: expire what was never handed over',
    [forEngine(engine, { pg: 'sm_send_t_open', oracledb: 'sm_send_t_unhanded' })],
    (tx) => createEndMessages(engine, EXPIRE_UNHANDED)(tx, plan, 0),
  ],
  ...MOVE_RULES.map(
    (move, at) =>
      [
        `archiver: move ${at}, ${forEngine(engine, move.due).orderBy}`,
        [['sm_send_t_final'], forEngine(engine, UNDATED), ['sm_receive_t_done'], ['sm_receive_t_open']][at]!,
        (tx: Tx) => createMoveSlice(engine, move)(tx, plan, 0),
      ] as const,
  ),
  ['archiver: offer again', ['sm_receive_t_open'], (tx) => createOfferAgain(engine)(tx, plan, 0)],
  [
    'archiver: purge sent',
    ['sm_send_t_log_archived', 'sm_send_part_pkey'],
    (tx) => createPurgeSlice(engine, PURGE_SENT)(tx, plan, 0),
  ],
  [
    'archiver: purge received',
    ['sm_receive_t_log_archived'],
    (tx) => createPurgeSlice(engine, PURGE_RECEIVED)(tx, plan, 0),
  ],
  [
    'archiver: acknowledged',
    ['sm_receive_t_pkey', 'sm_receive_t_log_pkey'],
    (tx) => createSettleAcks(engine).lockAckedRows(tx, ['l-00000001', 'r-00000001']),
  ],
];

/** The same for the views of business accounts. */
export const VIEWED: readonly IndexedStatement[] = [
  [
    'view: an application’s messages of an hour',
    ['sm_send_t_app', 'sm_send_t_log_app'],
    ({ query }) => query(`SELECT * FROM v_send_t_log WHERE created_at > now() - interval '1 hour'`),
  ],
  [
    'view: a message',
    ['sm_send_t_pkey', 'sm_send_t_log_pkey'],
    ({ query }) => query(`SELECT * FROM v_send_t_log WHERE message_id = 'm-00000008'`),
  ],
  [
    'view: what an application received in an hour',
    ['sm_receive_t_app', 'sm_receive_t_log_app'],
    ({ query }) => query(`SELECT * FROM v_receive_t WHERE received_at > now() - interval '1 hour'`),
  ],
];
