import { listStatements } from '../../migrations';
import { switchAnswersOff, switchAnswersOn } from '../../migrations/answers/switch-answers';
import { accountStatements, type DbaOptions, dbaStatements, uninstallStatements } from '../../migrations/oracle-dba';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import type { Country } from '../../services/shared/sms/normalise-msisdn';
import type { AccountArgument } from './oracle-arguments';

export type ScriptPart = 'dba' | 'owner' | 'accounts' | 'answers-on' | 'answers-off' | 'uninstall';

export type ScriptOptions = DbaOptions & {
  /** whether the owner's part has the database settle answers from the beginning */
  readonly answersInDatabase?: boolean;
  readonly country: Country;
};

/** How SQL*Plus ends a statement: PL/SQL has its own semicolons, and a slash tells where it ends. */
const ended = (statement: string): string => (/END\s*\w*;$/.test(statement) ? `${statement}\n/` : `${statement};`);

/** Settings under which SQL*Plus sends our texts as they are. `&` asks for passwords, and means nothing in the owner's part. */
const opening = (about: string, asks: boolean, goesOn: boolean): readonly string[] => [
  `REM ${about}`,
  'SET ECHO OFF',
  'SET VERIFY OFF',
  'SET SQLBLANKLINES ON',
  `SET DEFINE ${asks ? "'&'" : 'OFF'}`,
  `WHENEVER SQLERROR ${goesOn ? 'CONTINUE' : 'EXIT FAILURE ROLLBACK'}`,
];

const toText = (
  about: string,
  statements: readonly string[],
  options: { asks?: boolean; goesOn?: boolean; prompt?: string } = {},
): string =>
  [
    ...opening(about, options.asks === true, options.goesOn === true),
    ...(options.prompt === undefined ? [] : [`PROMPT ${options.prompt}`]),
    '',
    ...statements.map(ended),
    'COMMIT;',
    '',
  ].join('\n');

const OLD_REPORTS =
  'Reports without a MSG_ID that were kept for longer than the collector looks back (REPORT_WINDOW_HOURS, 72) find no message: set it higher first. SELECT MIN(KEPT_AT) FROM SM_REPORT_KEPT shows how old they are.';

/** A setting of the whole database is the DBA's to make, so it is only said. */
const IDLE_BLOCKERS = `REM Not done here. Without it, a process that is frozen in the midst of a transaction keeps its row locks (19c; minutes, above 0):
REM ALTER SYSTEM SET max_idle_blocker_time = 2 SCOPE = BOTH`;

/** The statements of one part, exactly as the migrations have them, as a SQL*Plus script. */
export const toScript = (
  part: ScriptPart,
  options: ScriptOptions,
  accounts: readonly AccountArgument[],
  names: ExchangeNames,
): string => {
  switch (part) {
    case 'dba':
      return toText(`SMS bridge, 1 of 3: run as SYSDBA\n${IDLE_BLOCKERS}`, dbaStatements(options), { asks: true });
    case 'owner':
      return toText(`SMS bridge, 2 of 3: run as ${options.owner}, in its empty schema`, [
        ...listStatements('oracledb', names, options).flatMap(({ up }) => up),
        ...(options.answersInDatabase === true ? switchAnswersOn(names, options, options.country) : []),
      ]);
    case 'accounts':
      return toText(
        'SMS bridge, 3 of 3: run as SYSDBA',
        accounts.flatMap((account) => accountStatements(account, options, names)),
        { asks: true },
      );
    case 'answers-on':
      return toText(
        `SMS bridge: run as ${options.owner}. From then on the database settles answers, and no event is published about them`,
        switchAnswersOn(names, options, options.country),
      );
    case 'answers-off': {
      const { triggers, giveBack, tables } = switchAnswersOff(names);
      return toText(
        `SMS bridge: run as ${options.owner}. Gives the kept answers to the collector`,
        [...triggers, ...giveBack.flatMap(({ statements }) => [...statements, 'COMMIT']), ...tables],
        { prompt: OLD_REPORTS },
      );
    }
    case 'uninstall':
      return toText(
        'SMS bridge: run as SYSDBA. TAKES AWAY THE SCHEMA AND ALL MESSAGES. What is not there is passed over',
        uninstallStatements(options, accounts, names),
        { goesOn: true },
      );
  }
};
