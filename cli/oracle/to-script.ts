import { listStatements } from '../../migrations';
import {
  accountStatements,
  type DbaOptions,
  dbaStatements,
  passwordVariable,
  uninstallStatements,
} from '../../migrations/oracle/oracle-dba';
import { switchAnswersOff, switchAnswersOn } from '../../migrations/oracle-answers/switch-answers';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Country } from '../../shared/sms/normalise-msisdn';
import type { AccountArgument } from './oracle-arguments';
import { NOT_IN_THE_ROOT, notWhileAtWork, onlyAs } from './script-guards';

export type ScriptPart = 'dba' | 'owner' | 'accounts' | 'answers-on' | 'answers-off' | 'uninstall';

export type ScriptOptions = DbaOptions & {
  /** the owner's part lets the database settle answers from the beginning */
  readonly answersInDatabase?: boolean;
  readonly country: Country;
};

/** Ends a statement for SQL*Plus: a PL/SQL block contains semicolons, so a slash ends it. */
const ended = (statement: string): string => (/END\s*\w*;$/.test(statement) ? `${statement}\n/` : `${statement};`);

type Frame = {
  readonly about: string;
  /** blocks that run before anything is changed */
  readonly guards: readonly string[];
  /** accounts whose passwords the script asks for */
  readonly asks?: readonly string[];
  readonly goesOn?: boolean;
  readonly prompt?: string;
  readonly done?: string;
};

const STOPS = 'WHENEVER SQLERROR EXIT FAILURE ROLLBACK';

/**
 * Returns the settings under which SQL*Plus sends the statements unchanged. `&` marks the variables
 * of passwords; scripts without passwords switch it off.
 */
const opening = ({ about, asks = [], prompt }: Frame): readonly string[] => [
  `REM ${about}`,
  'SET ECHO OFF',
  'SET VERIFY OFF',
  'SET SQLBLANKLINES ON',
  'SET ESCAPE OFF',
  `SET DEFINE ${asks.length > 0 ? "'&'" : 'OFF'}`,
  STOPS,
  ...(prompt === undefined ? [] : [`PROMPT ${prompt}`]),
];

/** A password is not displayed while it is typed, and its variable is removed at the end. */
const toText = (frame: Frame, statements: readonly string[]): string => {
  const { guards, asks = [], goesOn = false, done } = frame;
  return [
    ...opening(frame),
    '',
    ...guards.map(ended),
    ...asks.map((account) => `ACCEPT ${passwordVariable(account)} CHAR PROMPT 'A password for ${account}: ' HIDE`),
    ...(goesOn ? ['WHENEVER SQLERROR CONTINUE'] : []),
    '',
    ...statements.map(ended),
    'COMMIT;',
    ...asks.map((account) => `UNDEFINE ${passwordVariable(account)}`),
    ...(done === undefined ? [] : [`PROMPT ${done}`]),
    '',
  ].join('\n');
};

const OLD_REPORTS =
  'Reports without a MSG_ID that were kept for longer than the collector looks back (REPORT_WINDOW_HOURS, 72) find no message: set it higher first. SELECT MIN(KEPT_AT) FROM SM_REPORT_KEPT shows how old they are.';

/** A parameter of the whole database is the DBA's decision, so the script only mentions it. */
const IDLE_BLOCKERS = `REM Not done here. Without it, a process that freezes within a transaction keeps its row locks (19c; minutes, above 0):
REM ALTER SYSTEM SET max_idle_blocker_time = 2 SCOPE = BOTH`;

type ToScript = (options: ScriptOptions, accounts: readonly AccountArgument[], mapping: ExchangeMapping) => string;

const SCRIPTS: Readonly<Record<ScriptPart, ToScript>> = {
  dba: (options) =>
    toText(
      {
        about: `SMS bridge, 1 of 3: run as SYSDBA, in the pluggable database\n${IDLE_BLOCKERS}`,
        guards: [NOT_IN_THE_ROOT],
        asks: [options.owner],
        done: `1 of 3 is done. Next: the owner's part, as ${options.owner}`,
      },
      dbaStatements(options),
    ),
  owner: (options, _accounts, mapping) =>
    toText(
      {
        about: `SMS bridge, 2 of 3: run as ${options.owner}, in its empty schema`,
        guards: [onlyAs(options.owner)],
        done: `2 of 3 is done. Next: the accounts' part, as SYSDBA, and sms-bridge migrate once, as ${options.owner}`,
      },
      [
        ...listStatements('oracledb', mapping, options).flatMap(({ up }) => up),
        ...(options.answersInDatabase === true ? switchAnswersOn(mapping, options, options.country) : []),
      ],
    ),
  accounts: (options, accounts, mapping) =>
    toText(
      {
        about: 'SMS bridge, 3 of 3: run as SYSDBA, in the pluggable database',
        guards: [NOT_IN_THE_ROOT],
        asks: accounts.map(({ account }) => account),
        done: '3 of 3 is done',
      },
      accounts.flatMap((account) => accountStatements(account, options, mapping)),
    ),
  'answers-on': (options, _accounts, mapping) =>
    toText(
      {
        about: `SMS bridge: run as ${options.owner}. The database then settles replies, and no event is published about them`,
        guards: [onlyAs(options.owner)],
      },
      switchAnswersOn(mapping, options, options.country),
    ),
  'answers-off': ({ owner }, _accounts, mapping) => {
    const { triggers, giveBack, tables } = switchAnswersOff(mapping);
    return toText(
      {
        about: `SMS bridge: run as ${owner}. Gives the kept replies to the collector`,
        guards: [onlyAs(owner)],
        prompt: OLD_REPORTS,
      },
      [...triggers, ...giveBack.flatMap(({ statements }) => [...statements, 'COMMIT']), ...tables],
    );
  },
  uninstall: (options, accounts, mapping) =>
    toText(
      {
        about:
          'SMS bridge: run as SYSDBA, in the pluggable database. DELETES THE SCHEMA AND ALL MESSAGES. Missing objects are skipped',
        guards: [NOT_IN_THE_ROOT, notWhileAtWork([options.owner, ...accounts.map(({ account }) => account)])],
        goesOn: true,
      },
      uninstallStatements(options, accounts, mapping),
    ),
};

/** Returns a part as a SQL*Plus script, with exactly the statements of the migrations. Pure. */
export const toScript = (part: ScriptPart, ...world: Parameters<ToScript>): string => SCRIPTS[part](...world);
