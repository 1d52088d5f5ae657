import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { OracleValue } from '../../shared/database/oracle/oracle-binds';

/**
 * Runs one statement in the SQL that both engines share, with values `$1…`: simple SELECT, INSERT,
 * UPDATE and DELETE, for preparation and checks. Times are Dates; booleans are bound as 1 and 0 on
 * Oracle. Returned rows have lower-case names; long integers and counts are strings.
 */
export type Run = <Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

const RUN: PerEngine<(db: Database) => Run> = {
  pg: (db) => async (sql, values) => (await db.query(sql, values)).rows as never,
  oracledb:
    (db) =>
    async (sql, values = []) => {
      // by name: a value may appear several times
      const binds = Object.fromEntries(values.map((value, index) => [`v${index + 1}`, value as OracleValue]));
      return (await db.oracle.execute(sql.replace(/\$(\d+)/g, ':v$1'), binds)).rows as never;
    },
};

export const runOn = (db: Database): Run => forEngine(db.engine, RUN)(db);
