import { randomUUID } from 'node:crypto';
import type { Answer } from '../../services/gateway-simulator/core/behaviour';
import { forEngine, type PerEngine, type Query } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import type { TestDatabase, TestLogin } from './test-database';

export type Province = TestLogin & { readonly close: () => Promise<void> };

const PROVINCE: PerEngine<(database: TestDatabase) => Promise<Province>> = {
  pg: async (database) => {
    const username = `province_${randomUUID().slice(0, 8)}`;
    const login = await database.login('sms_province', username);
    await database.db.query(`CREATE SCHEMA ${username} AUTHORIZATION ${username}`);
    return {
      ...login,
      close: async () => {
        await database.db.query(`DROP SCHEMA ${username} CASCADE`);
      },
    };
  },
  // an account has its schema there
  oracledb: async (database) => ({ ...(await database.login('sms_province')), close: async () => undefined }),
};

/** The province's own account: the rights of its role, and a schema of its own, where its tables go. Close it before the database is dropped. */
export const createProvince = (database: TestDatabase): Promise<Province> =>
  forEngine(database.engine, PROVINCE)(database);

/** Rows as the relay hands them over: ids prefix-1 …; every tenth is urgent, every fifth is long. */
export const insertExchangeRows = async (
  query: Query,
  { tables, columns: { send } }: ExchangeNames,
  prefix: string,
  count: number,
): Promise<void> => {
  await query(
    `INSERT INTO ${tables.send} (${send.msgId}, ${send.appId}, ${send.extCode}, ${send.destAddr}, ${send.content}, ${send.msgFmt}, ${send.priority},
                                 ${send.needReport}, ${send.createTime})
     SELECT $1 || '-' || i, 'billing', '01', '86138' || lpad(i::text, 8, '0'),
            '停电通知 ' || i || CASE WHEN i % 5 = 0 THEN repeat('，请提前做好准备', 20) ELSE '' END, 8, CASE WHEN i % 10 = 0 THEN 3 ELSE 1 END,
            CASE WHEN i % 7 = 0 THEN 0 ELSE 1 END, now()
       FROM generate_series(1, $2::int) i`,
    [prefix, count],
  );
};

/** An answer without its times, as one text to compare. */
export const toAnswerText = (answer: Omit<Answer, 'afterMs' | 'happenedMs' | 'submittedMs'>): string =>
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

/** Every row of RESP, REPORT and RECV, sorted. */
export const readAnswers = async (
  query: Query,
  { tables, columns: { resp, report, recv } }: ExchangeNames,
): Promise<readonly string[]> => {
  const none = (...names: string[]) => names.map((name) => `NULL AS ${name}`).join(', ');
  const statements = {
    resp: `SELECT ${resp.msgId} AS msg_id, ${resp.gatewayMsgId} AS gateway_msg_id, ${none('from_addr', 'to_addr')}, ${resp.result} AS code,
                  ${resp.resultDesc} AS detail FROM ${tables.resp}`,
    report: `SELECT ${report.msgId} AS msg_id, ${report.gatewayMsgId} AS gateway_msg_id, ${none('from_addr')}, ${report.destAddr} AS to_addr,
                    ${report.stat} AS code, ${report.errCode} AS detail FROM ${tables.report}`,
    recv: `SELECT ${none('msg_id', 'gateway_msg_id', 'code')}, ${recv.srcAddr} AS from_addr, ${recv.destAddr} AS to_addr, ${recv.content} AS detail
             FROM ${tables.recv}`,
  };
  const texts: string[] = [];
  for (const kind of ['resp', 'report', 'recv'] as const) {
    const { rows } = await query<AnswerRow>(statements[kind]);
    for (const row of rows)
      texts.push(
        toAnswerText({
          kind,
          msgId: row.msg_id,
          gatewayMsgId: row.gateway_msg_id,
          fromAddr: row.from_addr,
          toAddr: row.to_addr,
          code: row.code,
          text: row.detail,
        }),
      );
  }
  return texts.sort();
};
