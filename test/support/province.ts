import { randomUUID } from 'node:crypto';
import type { SimulatedRow } from '../../services/gateway-simulator/core/behaviour';
import { forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { insertRows } from './insert-rows';
import type { TestDatabase, TestLogin } from './test-database';

export type Province = TestLogin & {
  /** Allows or forbids it to create tables in its schema. */
  readonly mayCreate: (allowed: boolean) => Promise<void>;
  /** Drops the tables that it created. */
  readonly dropTables: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const dropAll = async ({ run }: TestLogin, find: string, values: readonly unknown[], ending: string): Promise<void> => {
  for (const { name } of await run<{ name: string }>(find, values)) await run(`DROP TABLE ${name} ${ending}`);
};

/** On Oracle a user is a schema, and an identity column needs a sequence. */
const OWN_RIGHTS = 'CREATE TABLE, CREATE SEQUENCE';

const DEFAULT_TABLESPACE = `SELECT PROPERTY_VALUE AS NAME FROM DATABASE_PROPERTIES WHERE PROPERTY_NAME = 'DEFAULT_PERMANENT_TABLESPACE'`;

const CREATE: PerEngine<(database: TestDatabase) => Promise<Province>> = {
  pg: async (database) => {
    const username = `province_${randomUUID().slice(0, 8)}`;
    const login = await database.login('sms_province', username);
    const schema = async (text: string): Promise<void> => {
      await database.db.query(text);
    };
    await schema(`CREATE SCHEMA ${username} AUTHORIZATION ${username}`);
    return {
      ...login,
      mayCreate: (allowed) =>
        schema(`${allowed ? 'GRANT' : 'REVOKE'} CREATE ON SCHEMA ${username} ${allowed ? 'TO' : 'FROM'} ${username}`),
      dropTables: () =>
        dropAll(login, 'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1', [username], 'CASCADE'),
      close: () => schema(`DROP SCHEMA ${username} CASCADE`),
    };
  },
  oracledb: async (database) => {
    const login = await database.login('sms_province');
    const dba = async (text: string): Promise<void> => {
      await database.dba?.oracle.execute(text);
    };
    await dba(`GRANT ${OWN_RIGHTS} TO ${login.username}`);
    const where = await database.dba?.oracle.execute<{ name: string }>(DEFAULT_TABLESPACE);
    await dba(`ALTER USER ${login.username} QUOTA UNLIMITED ON ${where?.rows[0]?.name}`);
    return {
      ...login,
      mayCreate: (allowed) =>
        dba(`${allowed ? 'GRANT' : 'REVOKE'} CREATE TABLE ${allowed ? 'TO' : 'FROM'} ${login.username}`),
      dropTables: () => dropAll(login, 'SELECT TABLE_NAME AS NAME FROM USER_TABLES', [], 'PURGE'),
      close: async () => undefined,
    };
  },
};

/**
 * Creates the province's own account, with the rights of its role and a schema for its tables.
 * Close it before the database is dropped.
 */
export const createProvince = (database: TestDatabase): Promise<Province> =>
  forEngine(database.engine, CREATE)(database);

/**
 * Inserts rows as the relay hands them over: ids prefix-1 …; every tenth is urgent, every fifth is
 * long.
 */
export const insertExchangeRows = (
  { db }: Pick<TestDatabase, 'db'>,
  { tables, columns: { send } }: ExchangeMapping,
  prefix: string,
  count: number,
): Promise<void> => {
  const now = new Date();
  const rows = Array.from({ length: count }, (_, at) => at + 1).map((no) => {
    const row = {
      [send.msgId]: `${prefix}-${no}`,
      [send.appId as string]: 'billing',
      [send.extCode as string]: '01',
      [send.destAddr]: `86138${String(no).padStart(8, '0')}`,
      [send.content]: `停电通知 ${no}${no % 5 === 0 ? '，请提前做好准备'.repeat(20) : ''}`,
      [send.msgFmt as string]: 8,
      [send.priority as string]: no % 10 === 0 ? 3 : 1,
      [send.needReport as string]: no % 7 === 0 ? 0 : 1,
      [send.createTime as string]: now,
    };
    // a column that the province does not have
    const { null: _none, ...there } = row as typeof row & { readonly null?: unknown };
    return there;
  });
  return insertRows(db, tables.send, rows);
};

/** Formats a reply without its times as one text, to compare. */
export const toAnswerText = (answer: Omit<SimulatedRow, 'afterMs' | 'happenedMs' | 'submittedMs'>): string =>
  JSON.stringify([
    answer.kind,
    answer.msgId,
    answer.gatewayMsgId,
    answer.fromAddr,
    answer.toAddr,
    answer.code,
    answer.text,
  ]);

type AnswerRow = {
  msg_id: string;
  gateway_msg_id: string;
  from_addr: string;
  to_addr: string;
  code: string;
  detail: string;
};

/** Returns every row of RESP, REPORT and RECV, sorted. */
export const readAnswers = async (
  { run }: Pick<TestDatabase, 'run'>,
  { tables, columns: { resp, report, recv } }: ExchangeMapping,
): Promise<readonly string[]> => {
  const columns = {
    resp: { msg_id: resp.msgId, gateway_msg_id: resp.gatewayMsgId, code: resp.result, detail: resp.resultDesc },
    report: {
      msg_id: report.msgId,
      gateway_msg_id: report.gatewayMsgId,
      to_addr: report.destAddr,
      code: report.stat,
      detail: report.errCode,
    },
    recv: { from_addr: recv.srcAddr, to_addr: recv.destAddr, detail: recv.content },
  };
  const texts: string[] = [];
  for (const kind of ['resp', 'report', 'recv'] as const) {
    const list = Object.entries(columns[kind]).map(([name, column]) => `${column} AS ${name}`);
    for (const row of await run<Partial<AnswerRow>>(`SELECT ${list.join(', ')} FROM ${tables[kind]}`))
      texts.push(
        toAnswerText({
          kind,
          msgId: row.msg_id ?? null,
          gatewayMsgId: row.gateway_msg_id ?? null,
          fromAddr: row.from_addr ?? null,
          toAddr: row.to_addr ?? null,
          code: row.code ?? null,
          text: row.detail ?? null,
        }),
      );
  }
  return texts.sort();
};
