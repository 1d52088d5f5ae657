import { isDoneAlready } from '../../migrations/oracle/oracle-steps';
import type { MigrationOptions } from '../../migrations/oracle/oracle-tablespaces';
import { switchAnswersOff, switchAnswersOn } from '../../migrations/oracle-answers/switch-answers';
import { type Database, type Engine, forEngine, type PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import type { BridgeError } from '../../shared/errors';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { usageError } from '../report-error';
import { countOldReports } from './old-reports';

type Switch = {
  readonly isOn: (db: Database) => Promise<boolean>;
  readonly on: (db: Database, names: ExchangeNames, options: MigrationOptions, country: Country) => Promise<void>;
  /** Reports that are kept for longer than the collector finds their message by default. */
  readonly oldReports: (db: Database) => Promise<number>;
  /** Resolves with how many kept answers went back into the exchange tables, for the collector. */
  readonly off: (db: Database, names: ExchangeNames) => Promise<number>;
};

/** A trigger that does not compile is off, and the next step drops it and stops with the reason. */
const isLookedAtNext = (text: string, error: unknown): boolean =>
  text.includes('COMPOUND TRIGGER') && (error as BridgeError).code === 'DB_SCHEMA';

/** A step that was taken before is done, so that all of it can be begun again. Not knex: it takes every ? of a text for a value. */
const take = async ({ oracle }: Database, text: string): Promise<void> => {
  try {
    await oracle.execute(text);
  } catch (error) {
    if (!isDoneAlready(text, (error as Error).cause) && !isLookedAtNext(text, error)) throw error;
  }
};

const isThere = async ({ oracle }: Pick<Database, 'oracle'>, table: string): Promise<boolean> =>
  (await oracle.execute('SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = :1', [table])).rows.length > 0;

const ORACLE: Switch = {
  // the last table that goes
  isOn: (db) => isThere(db, 'SM_RECV_KEPT'),
  on: async (db, names, options, country) => {
    for (const text of switchAnswersOn(names, options, country)) await take(db, text);
  },
  oldReports: async (db) => ((await isThere(db, 'SM_REPORT_KEPT')) ? countOldReports(db) : 0),
  off: async (db, names) => {
    const { triggers, giveBack, tables } = switchAnswersOff(names);
    for (const text of triggers) await take(db, text);
    let given = 0;
    for (const { kept, statements } of giveBack) {
      if (!(await isThere(db, kept))) continue;
      given += await inTransaction(db, async ({ oracle }) => {
        let rows = 0;
        for (const text of statements) {
          const { rowCount } = await oracle.execute(text);
          if (text.startsWith('INSERT') && text.includes(kept)) rows += rowCount;
        }
        return rows;
      });
    }
    for (const text of tables) await take(db, text);
    return given;
  },
};

const SWITCH: PerEngine<Switch> = {
  pg: {
    isOn: async () => false,
    on: async () => {
      throw usageError('ORACLE_ANSWERS_IN_DATABASE=on: on PostgreSQL answers are not settled in the database');
    },
    oldReports: async () => 0,
    off: async () => 0,
  },
  oracledb: ORACLE,
};

/** Whether the database settles answers by itself, as its owner sees it; and how that is changed. What fails can be done again. */
export const answersSwitch = (engine: Engine): Switch => forEngine(engine, SWITCH);
