import { simulatorConfig } from '../../services/gateway-simulator/config';
import { decideAnswers } from '../../services/gateway-simulator/core/decide-answers';
import { countJournal, countWaitingAnswers } from '../../services/gateway-simulator/sql/read-journal';
import { toBehaviour } from '../../services/gateway-simulator/wiring/to-behaviour';
import { loadConfig } from '../../shared/config/define-config';
import type { Engine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createProvince, insertExchangeRows, type Province, readAnswers, toAnswerText } from '../support/province';
import { runOn } from '../support/run-on';
import { type ServiceProcess, startService } from '../support/service-process';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

/** Fast, with every fault of a gateway, often. */
export const TROUBLESOME = {
  SIMULATOR_POLL_MS: '2-20',
  SIMULATOR_SUBMIT_MS: '0-60',
  SIMULATOR_REPORT_MS: '0-150',
  SIMULATOR_LATE_MS: '50-150',
  SIMULATOR_REPLY_MS: '0-100',
  SIMULATOR_SUBMIT_FAILED_RATIO: '0.05',
  SIMULATOR_NO_SUBMIT_RATIO: '0.05',
  SIMULATOR_NO_REPORT_RATIO: '0.05',
  SIMULATOR_DUPLICATE_SUBMIT_RATIO: '0.1',
  SIMULATOR_DUPLICATE_REPORT_RATIO: '0.1',
  SIMULATOR_EARLY_REPORT_RATIO: '0.1',
  SIMULATOR_LATE_REPORT_RATIO: '0.1',
  SIMULATOR_INTERIM_REPORT_RATIO: '0.1',
  SIMULATOR_UNKNOWN_REPORT_RATIO: '0.1',
};

export type HandedRow = {
  readonly msg_id: string;
  readonly dest_addr: string;
  readonly ext_code: string;
  readonly content: string;
  readonly need_report: number;
};

/** Opens a database with the province's account, and simulators as processes on it. */
export const openSimulatorWorld = async (engine: Engine = 'pg', exchangeFile?: string) => {
  const mapping = loadExchangeMapping(exchangeFile);
  const database: TestDatabase = await createTestDatabase(mapping, engine);
  const province: Province = await createProvince(database);
  const processes: ServiceProcess[] = [];
  const { send } = mapping.columns;

  const count = async (from: string): Promise<number> =>
    Number((await province.run<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n);

  return {
    mapping,
    database,
    province,
    count,
    start: (env: Readonly<Record<string, string>>): ServiceProcess => {
      const started = startService('gateway-simulator', {
        DATABASE_URL: province.url,
        INSTANCE_ID: `simulator-${processes.length}`,
        ...env,
      });
      processes.push(started);
      return started;
    },
    /**
     * Hands rows over; keeps them as they were, so that the expected replies can be computed later.
     */
    handOver: (prefix: string, rows: number): Promise<readonly HandedRow[]> =>
      // one transaction: afterwards a simulator may have taken some of them
      inTransaction(database.db, async (tx) => {
        const db = { ...database.db, ...tx };
        await insertExchangeRows({ db }, mapping, prefix, rows);
        return runOn(db)<HandedRow>(
          `SELECT ${send.msgId} AS msg_id, ${send.destAddr} AS dest_addr, ${send.extCode} AS ext_code, ${send.content} AS content,
                  ${send.needReport} AS need_report FROM ${mapping.tables.send} WHERE ${send.msgId} LIKE $1`,
          [`${prefix}-%`],
        );
      }),
    remaining: () => count(mapping.tables.send),
    allAnswered: async (rows: number): Promise<boolean> =>
      (await countJournal(province.db).catch(() => ({ total: 0 }))).total >= rows &&
      (await countWaitingAnswers(province.db)) === 0,
    answers: () => readAnswers(database, mapping),
    /** Computes the replies to the journalled rows by the same pure function, sorted. */
    expectedAnswers: async (rows: readonly HandedRow[], env: Readonly<Record<string, string>>) => {
      const behaviour = toBehaviour(loadConfig(simulatorConfig, { DATABASE_URL: province.url, ...env }), mapping);
      const journal = await province.run<{ msg_id: string; gateway_msg_id: string }>(
        'SELECT msg_id, gateway_msg_id FROM gateway_journal',
      );
      const ids = new Map(journal.map((row) => [row.msg_id, row.gateway_msg_id]));
      return rows
        .flatMap((row) =>
          decideAnswers(
            {
              msgId: row.msg_id,
              destAddr: row.dest_addr,
              extCode: row.ext_code,
              content: row.content,
              needReport: row.need_report === 1,
              gatewayMsgId: ids.get(row.msg_id) ?? 'not taken',
            },
            behaviour,
          ),
        )
        .map(toAnswerText)
        .sort();
    },
    close: async (): Promise<void> => {
      await Promise.all(processes.map((started) => (started.exited() ? undefined : started.kill())));
      await province.close();
      await database.drop();
    },
  };
};

export type SimulatorWorld = Awaited<ReturnType<typeof openSimulatorWorld>>;
