import { FILL_IN } from '../../../migrations/0002-access/objects-oracle';
import { switchAnswersOff, switchAnswersOn } from '../../../migrations/oracle-answers/switch-answers';
import { createStatementCheck } from '../../../oracle-stand-in/grammar/check-statement';
import { nextStatus } from '../../../services/report-collector/core/message-state';
import { type ExchangeMapping, loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { RANK } from '../../../shared/ledger/status';

jest.setTimeout(400_000);

const mapping = loadExchangeMapping();
const on = (own: ExchangeMapping) => switchAnswersOn(own, { tablespaces: true }, 'CN');
const withReport = (pattern: string): ExchangeMapping => ({
  ...mapping,
  codes: { ...mapping.codes, report: [{ pattern, status: 'DELIVERED', isFinal: true }] },
});

describe('triggers in the database that settle replies (Oracle)', () => {
  it('pass the gate, also section by section and with other names', async () => {
    const check = createStatementCheck();
    const other: ExchangeMapping = {
      ...mapping,
      answers: 'per-part',
      tables: { ...mapping.tables, resp: 'RESULTS_T' },
      columns: { ...mapping.columns, resp: { ...mapping.columns.resp, seqId: 'ROW_NO', result: 'STATE_CODE' } },
      codes: { ...mapping.codes, report: [], unknownReportIsFinal: true },
    };
    const { giveBack } = switchAnswersOff(other);
    // the default names are gated with the scripts; a new text takes the grammar seconds
    const different = [...on(other), ...giveBack.flatMap(({ statements }) => statements)].filter((sql) =>
      sql.includes('RESULTS_T'),
    );
    expect(different).toHaveLength(4);
    for (const sql of different) expect([sql, await check(sql)]).toEqual([sql, undefined]);
  });

  it('never read the table before all rows of a statement are inserted: it is mutating then (ORA-04091)', () => {
    for (const text of on(mapping).filter((sql) => sql.includes('COMPOUND TRIGGER'))) {
      const table = /FOR INSERT ON (\w+)/.exec(text)?.[1] as string;
      const eachRow = /AFTER EACH ROW IS\n(.*?)END AFTER EACH ROW;/s.exec(text)?.[1] as string;
      expect(eachRow).not.toMatch(/SELECT|INSERT|UPDATE|DELETE|FORALL/);
      const before = text.slice(text.indexOf('COMPOUND TRIGGER'), text.indexOf('AFTER STATEMENT IS'));
      expect(before).not.toContain(table);
      expect(text.slice(text.indexOf('AFTER STATEMENT IS'))).toContain(`DELETE FROM ${table}`);
    }
  });

  it('rank a status as the collector does', () => {
    const [, cases] = /RETURN CASE P_STATUS (.*?) ELSE 7 END/.exec(on(mapping).join('\n')) as unknown as [
      string,
      string,
    ];
    const ranks = new Map(
      [...cases.matchAll(/WHEN '(\w+)' THEN (\d)/g)].map(([, status, rank]) => [status, Number(rank)]),
    );
    for (const [status, rank] of Object.entries(RANK)) expect([status, ranks.get(status) ?? 7]).toEqual([status, rank]);
    expect(nextStatus('SUBMITTED', 'SUBMIT_FAILED')).toBe('SUBMITTED');
  });

  it('refuse ids in two notations, and name the service that can settle them', () => {
    const own: ExchangeMapping = { ...mapping, codes: { ...mapping.codes, gatewayMsgId: 'hex-decimal' } };
    expect(() => on(own)).toThrow(/codes\.gatewayMsgId: .*"hex-decimal".*report-collector/);
  });

  it.each([
    '^(?:DELIVRD)$',
    '^DEL\\w+$',
    '^D.*?$',
    "'; DROP TABLE X --",
    '',
    '^[A-z]$',
    '^[0-z]$',
    '^[A\\.]$',
    '^[[:alpha:]]$',
    '^[]A]$',
  ])('refuse the pattern "%s", which Oracle would read differently', (pattern) => {
    expect(() => on(withReport(pattern))).toThrow(/codes\.report\.0\.pattern: replies cannot be settled/);
  });

  it("list the letters of ranges, which depend on the session's NLS_SORT on Oracle", () => {
    const text = on(withReport('^(M[A-D]:|[^x-z0-9]|\\[a-b)$')).join('\n');
    expect(text).toContain(`REGEXP_LIKE(V_CODE, '^(M[ABCD]:|[^xyz0-9]|\\[a-b)$', 'c')`);
  });

  it('stop waiting for locked rows once a statement', () => {
    for (const text of on(mapping).filter((sql) => sql.includes('FOR UPDATE WAIT 2'))) {
      expect(text.match(/FOR UPDATE WAIT 2/g)).toHaveLength(2);
      const settle = text.slice(text.indexOf('PROCEDURE SETTLE '), text.indexOf('END SETTLE;'));
      expect(settle).toMatch(/BEGIN\s+IF V_HELD THEN\s+RETURN;/);
      expect(settle).toMatch(/SQLCODE NOT IN \(-54, -30006\)[\s\S]+V_HELD := TRUE;/);
    }
  });

  it('declare the types of variables: LOGIN_USER.…%TYPE may be the function of DBMS_STANDARD', () => {
    for (const text of [...on(mapping), FILL_IN]) expect(text).not.toMatch(/LOGIN_USER\.\w+%|%(ROW)?TYPE/);
  });

  it('are created disabled, checked, and enabled only then', () => {
    const steps = on(mapping).flatMap((text) => {
      const [, made] = /^CREATE OR REPLACE TRIGGER (\w+)\n.*\n {2}DISABLE\n/.exec(text) ?? [];
      const [, looked] = /USER_ERRORS WHERE NAME = '(\w+)'/.exec(text) ?? [];
      const [, enabled] = /^ALTER TRIGGER (\w+) ENABLE/.exec(text) ?? [];
      return [made && `make ${made}`, looked && `look ${looked}`, enabled && `enable ${enabled}`].filter(Boolean);
    });
    const all = ['SM_RESP_TO_DAY', 'SM_REPORT_TO_DAY', 'SM_RECV_TO_DAY'];
    expect(steps).toEqual([
      ...all.flatMap((name) => [`make ${name}`, `look ${name}`]),
      ...all.map((name) => `enable ${name}`),
    ]);
  });

  it('refuse tables of another schema', () => {
    expect(() => on({ ...mapping, tables: { ...mapping.tables, recv: 'PROVINCE.RECV_T' } })).toThrow(
      /another schema: PROVINCE\.RECV_T/,
    );
  });
});
