import { NOT_IN_THE_ROOT, notWhileAtWork, onlyAs } from '../../../cli/oracle/script-guards';
import { toScript } from '../../../cli/oracle/to-script';
import { listStatements } from '../../../migrations';
import { accountStatements, dbaStatements, uninstallStatements } from '../../../migrations/oracle/oracle-dba';
import { switchAnswersOff, switchAnswersOn } from '../../../migrations/oracle-answers/switch-answers';
import { createStatementCheck } from '../../../oracle-stand-in/grammar/check-statement';
import { splitScript } from '../../../oracle-stand-in/grammar/split-script';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

jest.setTimeout(200_000);

const mapping = loadExchangeMapping();
const options = { owner: 'YJSMS', tablespaces: true, size: '100M', defaultTablespace: 'USERS', country: 'CN' } as const;
const off = switchAnswersOff(mapping);
const accounts = [
  { account: 'BILLING', role: 'SMS_APPLICATION' },
  { account: 'RELAY', role: 'SMS_RELAY' },
];

describe('scripts for SQL*Plus', () => {
  it.each([
    ['dba', [NOT_IN_THE_ROOT], dbaStatements(options)],
    ['owner', [onlyAs('YJSMS')], listStatements('oracledb', mapping).flatMap(({ up }) => up)],
    ['accounts', [NOT_IN_THE_ROOT], accounts.flatMap((account) => accountStatements(account, options, mapping))],
    ['answers-on', [onlyAs('YJSMS')], switchAnswersOn(mapping, options, 'CN')],
    [
      'answers-off',
      [onlyAs('YJSMS')],
      [...off.triggers, ...off.giveBack.flatMap(({ statements }) => [...statements, 'COMMIT']), ...off.tables],
    ],
    [
      'uninstall',
      [NOT_IN_THE_ROOT, notWhileAtWork(['YJSMS', 'BILLING', 'RELAY'])],
      uninstallStatements(options, accounts, mapping),
    ],
  ] as const)(
    'send their guards, then the statements of the migrations, and all pass the gate: %s',
    async (part, guards, statements) => {
      const sent = splitScript(toScript(part, options, accounts, mapping));
      expect(sent).toEqual([...guards, ...statements, 'COMMIT']);
      const check = createStatementCheck();
      for (const sql of sent) expect([sql, await check(sql)]).toEqual([sql, undefined]);
    },
  );

  it('hold no password, and no line that SQL*Plus would cut or interpret itself', () => {
    for (const part of ['dba', 'owner', 'accounts', 'answers-on', 'answers-off', 'uninstall'] as const) {
      const script = toScript(part, options, accounts, mapping);
      expect(
        [...script.matchAll(/IDENTIFIED BY (\S+)/g)].every(([, given]) => /^"&&\w+_password";?$/.test(given!)),
      ).toBe(true);
      for (const line of script.split('\n')) expect(line.length).toBeLessThan(2400);
      if (part === 'owner') expect(script).not.toContain('&');
    }
  });

  it('ask for each password without showing it, before anything is changed, and forget it', () => {
    for (const [part, asked] of [
      ['dba', ['yjsms_password']],
      ['accounts', ['billing_password', 'relay_password']],
    ] as const) {
      const lines = toScript(part, options, accounts, mapping).split('\n');
      const first = lines.findIndex((line) => line.startsWith('CREATE'));
      const accepted = lines.slice(0, first).flatMap((line) => /^ACCEPT (\w+) .* HIDE$/.exec(line)?.[1] ?? []);
      const used = new Set(lines.flatMap((line) => /&&(\w+)/.exec(line)?.[1] ?? []));
      expect([accepted, [...used]]).toEqual([asked, asked]);
      expect(lines.filter((line) => line.startsWith('UNDEFINE'))).toEqual(asked.map((name) => `UNDEFINE ${name}`));
    }
  });

  it('stop at the first error, except that the removing script stops only where it must not run', () => {
    for (const part of ['dba', 'owner', 'accounts', 'answers-on', 'answers-off', 'uninstall'] as const) {
      const script = toScript(part, options, accounts, mapping);
      const modes = [...script.matchAll(/^WHENEVER SQLERROR (\w+)|^(?:CREATE|DROP|BEGIN)/gm)].map(
        ([all, mode]) => mode ?? all,
      );
      const [first, guard, next] = modes.filter((mode, at) => mode !== 'BEGIN' || modes[at - 1] !== 'BEGIN');
      expect([part, first, guard]).toEqual([part, 'EXIT', 'BEGIN']);
      expect([part, next]).toEqual([
        part,
        part === 'uninstall' ? 'CONTINUE' : expect.stringMatching(/CREATE|DROP|BEGIN/),
      ]);
    }
  });

  it('only remind the DBA of settings of the whole database', () => {
    const lines = toScript('dba', options, [], mapping).split('\n');
    expect(lines).toContain('REM ALTER SYSTEM SET max_idle_blocker_time = 2 SCOPE = BOTH');
  });

  it('leave tablespaces out where they are disabled', () => {
    for (const part of ['dba', 'owner', 'uninstall'] as const)
      expect(toScript(part, { ...options, tablespaces: false }, [], mapping)).not.toContain('SMS_DAY_IDX');
  });

  it('partition histories by month where that is licensed, and create plain tables elsewhere', () => {
    const withPartitions = toScript('owner', { ...options, logPartitions: true }, [], mapping);
    const partitioned = [
      ...withPartitions.matchAll(/CREATE TABLE (\w+)(?:(?!;).)*?PARTITION BY RANGE \(ARCHIVED_AT\)/gs),
    ];
    expect(partitioned.map(([, table]) => table)).toEqual(['SM_SEND_T_LOG', 'SM_RECEIVE_T_LOG']);
    // a local unique key would have to contain the month, and a message could be in two months
    expect(withPartitions.match(/ LOCAL;/g)).toHaveLength(2);
    expect(toScript('owner', options, [], mapping)).not.toMatch(/PARTITION BY| LOCAL/);
  });

  it('let the database settle replies from the beginning only on request', () => {
    const on = splitScript(toScript('owner', { ...options, answersInDatabase: true }, [], mapping));
    expect(
      on
        .filter((text) => text.startsWith('CREATE OR REPLACE TRIGGER'))
        .slice(1)
        .map((text) => text.split('\n')[0]),
    ).toEqual([
      'CREATE OR REPLACE TRIGGER SM_RESP_TO_DAY',
      'CREATE OR REPLACE TRIGGER SM_REPORT_TO_DAY',
      'CREATE OR REPLACE TRIGGER SM_RECV_TO_DAY',
    ]);
    expect(toScript('owner', options, [], mapping)).not.toContain('_TO_DAY');
  });
});
