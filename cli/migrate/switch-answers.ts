import { isDoneAlready } from '../../migrations/oracle/oracle-steps';
import type { MigrationOptions } from '../../migrations/oracle/oracle-tablespaces';
import { switchAnswersOff, switchAnswersOn } from '../../migrations/oracle-answers/switch-answers';
import { type Database, type Engine, forEngine, type PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import type { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { usageError } from '../report-error';
import { countOldReports } from './old-reports';

type Switch = {
  readonly isOn: (db: Database) => Promise<boolean>;
  readonly on: (db: Database, mapping: ExchangeMapping, options: MigrationOptions, country: Country) => Promise<void>;
  /** Counts the kept reports that the collector, by default, finds no message for. */
  readonly oldReports: (db: Database) => Promise<number>;
  /** Switches off; returns how many kept rows went back into the exchange tables. */
  readonly off: (db: Database, mapping: ExchangeMapping) => Promise<number>;
};

/**
 * Tolerates a trigger that does not compile. It is created disabled, and the next step drops it and
 * fails with the reason.
 */
const isLookedAtNext = (text: string, error: unknown): boolean =>
  text.includes('COMPOUND TRIGGER') && (error as BridgeError).code === 'DB_SCHEMA';

/**
 * Executes a statement. One whose effect exists already counts as done, so that a switch that broke
 * off can be repeated. Not through knex, which takes each ? of a text for a bind variable.
 */
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
  // This table is created with the others and dropped last.
  isOn: (db) => isThere(db, 'SM_RECV_KEPT'),
  on: async (db, mapping, options, country) => {
    for (const text of switchAnswersOn(mapping, options, country)) await take(db, text);
  },
  oldReports: async (db) => ((await isThere(db, 'SM_REPORT_KEPT')) ? countOldReports(db) : 0),
  off: async (db, mapping) => {
    const { triggers, giveBack, tables } = switchAnswersOff(mapping);
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
      throw usageError('ORACLE_ANSWERS_IN_DATABASE=on: PostgreSQL cannot settle replies in the database');
    },
    oldReports: async () => 0,
    off: async () => 0,
  },
  oracledb: ORACLE,
};

/**
 * Returns the functions that tell, as the owner of the tables, whether the database settles
 * answers, and that change it. A change that failed can be repeated.
 */
export const answersSwitch = (engine: Engine): Switch => forEngine(engine, SWITCH);
