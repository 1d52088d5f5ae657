import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { OracleValue } from '../../shared/database/oracle/oracle-statements';

/**
 * One statement of the SQL that both engines have in common, with `$1…` values: simple SELECT, INSERT, UPDATE and DELETE, to prepare and to look at what
 * a test is about. Times are Dates, booleans are bound as 1 and 0 on Oracle. Rows have names in lower case; whole numbers of many digits, and counts, are texts.
 */
export type Run = <Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

const RUN: PerEngine<(db: Database) => Run> = {
  pg: (db) => async (sql, values) => (await db.query(sql, values)).rows as never,
  oracledb:
    (db) =>
    async (sql, values = []) => {
      // by name: a value may stand in several places
      const binds = Object.fromEntries(values.map((value, index) => [`v${index + 1}`, value as OracleValue]));
      return (await db.oracle.execute(sql.replace(/\$(\d+)/g, ':v$1'), binds)).rows as never;
    },
};

export const runOn = (db: Database): Run => forEngine(db.engine, RUN)(db);
