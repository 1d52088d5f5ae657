import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { Database, Engine, Tx } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { type IdNotation, toGatewayKeys } from '../../../shared/ledger/gateway-key';
import type { CharacterSet } from '../../../shared/sms/character-set';
import { type Country, normaliseMsisdn } from '../../../shared/sms/normalise-msisdn';
import type { InboundTable } from '../collect-batch';
import type { LedgerMessage } from '../core/collect-plan';
import { type RecvRow, type ReportRow, type RespRow, toText } from '../core/exchange-rows';
import { completeCutIds, createFindByMsgId, type HasMsgId, selectCutIds, toMsgIds } from '../core/match-msg-id';
import { createMatchReport } from '../core/match-report';
import { planReceived } from '../core/plan-received';
import { planReports, type WaitLimits } from '../core/plan-reports';
import { planResp } from '../core/plan-resp';
import { createRoute, createToExtension } from '../core/route-inbound';
import { toKeptAddress, toKeptId } from '../core/row-problems';
import { createExchangeClaims } from '../sql/claim-rows';
import { createFindCutIds } from '../sql/find-cut-ids';
import { createInsertReceived } from '../sql/insert-received';
import { createLockMessages } from '../sql/lock-messages';
import { createSettleMessages, createSettleSegments } from '../sql/settle-messages';
import { createWaitingReports } from '../sql/waiting-reports';

export type InboundTables = {
  readonly resp: InboundTable<Tx, RespRow>;
  readonly report: InboundTable<Tx, ReportRow>;
  readonly recv: InboundTable<Tx, RecvRow>;
  readonly wait: InboundTable<Tx, ReportRow>;
};

type Options = {
  readonly db: Database;
  /** the database's character set, if known */
  readonly characterSet?: CharacterSet;
  readonly mapping: ExchangeMapping;
  readonly country: Country;
  readonly directory: Pick<ApplicationDirectory, 'applications' | 'refresh'>;
  readonly wait: WaitLimits;
  readonly reportWindowMs: number;
  readonly now: () => number;
};

/** Creates the writes of a plan: one statement for each kind. */
const createSettle = (engine: Engine, set: CharacterSet | undefined): InboundTable<Tx, never>['settle'] => {
  const settleMessages = createSettleMessages(engine);
  const settleSegments = createSettleSegments(engine);
  const insertReceived = createInsertReceived(engine);
  const { insert: insertWaiting } = createWaitingReports(engine);
  return async (tx, plan, now) => {
    for (const table of ['live', 'history'] as const) {
      const inTable = plan.settlements.filter(({ message }) => message.table === table);
      if (inTable.length > 0) await settleMessages(tx, table, inTable, now);
    }
    if (plan.segments.length > 0) await settleSegments(tx, plan.segments, now);
    if (plan.waiting.length > 0) await insertWaiting(tx, plan.waiting);
    if (plan.received.length > 0) await insertReceived(tx, plan.received, set);
  };
};

/** Returns the gateway keys of these reports, and the numbers that the reports name. */
const byGatewayId = (rows: readonly ReportRow[], notation: IdNotation, country: Country) => {
  const gatewayKeys = new Set<string>();
  const numbers = new Set<string>();
  for (const row of rows) {
    const keys = toGatewayKeys(toKeptId(row.gatewayMsgId), notation);
    for (const key of keys) gatewayKeys.add(key);
    const address = keys.length === 0 ? null : toKeptAddress(row.destAddr);
    const number = address === null ? undefined : normaliseMsisdn(address, country);
    if (number !== undefined) numbers.add(number);
  }
  return { gatewayKeys: [...gatewayKeys], numbers: [...numbers] };
};

/** Creates the look-up of the application that a received message is for. */
const createRouteOf = (directory: Options['directory'], toExtension: ReturnType<typeof createToExtension>) => {
  const route = (): ((destAddr: string) => ReturnType<ReturnType<typeof createRoute>>) => {
    const find = createRoute(directory.applications());
    return (destAddr) => {
      const extension = toExtension(destAddr);
      return extension === undefined ? undefined : find(extension);
    };
  };
  return async (rows: readonly RecvRow[]) => {
    const known = route();
    const strange = rows.some(({ destAddr }) => {
      if (destAddr === null || known(destAddr) !== undefined) return false;
      return (toExtension(destAddr) ?? '') !== '';
    });
    if (!strange) return known;
    // The application may have been registered a moment ago.
    await directory.refresh();
    return route();
  };
};

/** Creates the look-ups by MSG_ID, which lock what they find. */
const createLocks = (lock: ReturnType<typeof createLockMessages>, findCutIds: ReturnType<typeof createFindCutIds>) => {
  /**
   * Locks in the live table first. Rows that found no message there look in the history: messages
   * move only in that direction.
   */
  const lockBoth = async (tx: Tx, rows: readonly HasMsgId[]): Promise<readonly LedgerMessage[]> => {
    const wanted = (named: readonly HasMsgId[]) => ({ msgIds: toMsgIds(named), gatewayKeys: [], sentAfter: 0 });
    const live = await lock(tx, 'live', wanted(rows));
    const find = createFindByMsgId(live);
    const missing = rows.filter((row) => find(row) === undefined);
    return [...live, ...(await lock(tx, 'history', wanted(missing)))];
  };

  /**
   * Adds the messages whose MSG_ID a narrow column has cut. Looks for them only if a row found no
   * message.
   */
  const withCut = async (tx: Tx, messages: readonly LedgerMessage[], rows: readonly HasMsgId[], now: number) => {
    const find = createFindByMsgId(messages);
    const missing = rows.filter((row) => find(row) === undefined);
    const cut = selectCutIds(missing, now);
    const completed = completeCutIds(cut, cut.length === 0 ? [] : await findCutIds(tx, cut));
    const whole = [...completed.values()].map((msgId) => ({ msgId }));
    return { messages: [...messages, ...(await lockBoth(tx, whole))], completed };
  };
  return { lockBoth, withCut };
};

/** Creates the four inbound tables of the collector on a database. */
export const createInboundTables = (options: Options): InboundTables => {
  const { db, mapping, country, directory, wait, reportWindowMs } = options;
  const claims = createExchangeClaims(db, mapping);
  const lock = createLockMessages(db.engine, mapping.answers === 'per-part');
  const { claim: claimWaiting } = createWaitingReports(db.engine);
  const settle = createSettle(db.engine, options.characterSet);
  const rules = { mapping, country, wait: { ...wait, rememberMs: reportWindowMs } };
  const notation = mapping.codes.gatewayMsgId;
  const { lockBoth, withCut } = createLocks(lock, createFindCutIds(db.engine));
  const routeOf = createRouteOf(directory, createToExtension(mapping.accessNumber, country));

  return {
    resp: {
      name: 'resp',
      claim: claims.resp,
      plan: async (tx, rows, now) => {
        const { messages, completed } = await withCut(tx, await lockBoth(tx, rows), rows, now);
        return planResp(rows, createFindByMsgId(messages, completed), mapping, now);
      },
      settle,
    },
    report: {
      name: 'report',
      claim: claims.report,
      // Looks in the live table only. A report without a message there is stored, and the source
      // `wait` continues with it.
      plan: async (tx, rows, now) => {
        const unnamed = rows.filter((row) => toText(row.msgId) === null);
        const messages = await lock(tx, 'live', {
          msgIds: toMsgIds(rows),
          ...byGatewayId(unnamed, notation, country),
          sentAfter: now - reportWindowMs,
        });
        return planReports(rows, messages, rules, now);
      },
      settle,
    },
    wait: {
      name: 'wait',
      claim: (tx, selection) => claimWaiting(tx, selection, options.now()),
      plan: async (tx, rows, now) => {
        // The window starts at the arrival of the oldest report. If a message grew too old
        // meanwhile, its report would otherwise match a newer message with the same gateway id.
        const firstSeen = rows.reduce((first, { waited }) => Math.min(first, waited?.firstSeenMs ?? now), now);
        const sentAfter = firstSeen - reportWindowMs;
        const wanted = (reports: readonly ReportRow[]) => ({
          msgIds: toMsgIds(reports),
          ...byGatewayId(reports, notation, country),
          sentAfter,
        });
        const live: readonly LedgerMessage[] = await lock(tx, 'live', wanted(rows));
        const match = createMatchReport(live, country, notation);
        const missing = rows.filter((row) => match(row) === undefined);
        const near = [...live, ...(await lock(tx, 'history', wanted(missing)))];
        // Also for reports whose gateway id matched: that message may be another one.
        const { messages, completed } = await withCut(tx, near, rows, now);
        return planReports(rows, messages, rules, now, completed);
      },
      settle,
    },
    recv: {
      name: 'recv',
      claim: claims.recv,
      plan: async (_tx, rows, now) => planReceived(rows, await routeOf(rows), { mapping, country }, now),
      settle,
    },
  };
};
