import { createMeasureDepth, waitingKey } from '../../services/exchange-relay/sql/exchange-depth';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { waitingRows } from '../../shared/exchange/send-columns';
import type { DatabaseLooks } from './database-looks';
import { type Finding, statements, warning, well } from './finding';

/**
 * With more taken rows than this, finding the waiting ones without an index is too slow for a query
 * that runs every second.
 */
const MANY = 10_000;

/**
 * An index of only the waiting rows: `there` tells whether the table has one, `create` returns the
 * statement that creates it.
 */
type PartialIndex = {
  readonly there: (db: Database, table: string) => Promise<boolean>;
  readonly create: (mapping: ExchangeMapping) => string;
};

const nameOf = (table: string): string => `${table.replace(/^.*\./, '').slice(0, 22)}_WAITING`;

const INDEX: PerEngine<PartialIndex> = {
  pg: {
    there: async (db, table) => {
      const { rows } = await db.query(
        'SELECT 1 FROM pg_index WHERE indrelid = to_regclass($1) AND indpred IS NOT NULL',
        [table],
      );
      return rows.length > 0;
    },
    create: (mapping) =>
      `CREATE INDEX ${nameOf(mapping.tables.send)} ON ${mapping.tables.send} (${mapping.columns.send.seqId}) WHERE ${waitingRows(mapping)}`,
  },
  oracledb: {
    there: async ({ oracle }, table) => {
      const { rows } = await oracle.execute(
        'SELECT INDEX_NAME FROM ALL_IND_EXPRESSIONS WHERE TABLE_NAME = :1',
        [table.replace(/^.*\./, '').toUpperCase()],
        { maxRows: 1 },
      );
      return rows.length > 0;
    },
    create: (mapping) =>
      `CREATE INDEX ${nameOf(mapping.tables.send)} ON ${mapping.tables.send} (${waitingKey(mapping)})`,
  },
};

/**
 * Checks, for a province that marks rows as taken instead of deleting them, whether the waiting
 * rows are still found quickly.
 */
export const checkTaken = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
): Promise<readonly Finding[] | Finding> => {
  const { send } = mapping.tables;
  if (mapping.send.taken === null || !(await looks.reads(send))) return [];
  const check = `flow: taken rows of ${send}`;
  const everything = { ...mapping, send: { ...mapping.send, taken: null } };
  const { rows } = await createMeasureDepth(db, everything)(MANY + 1);
  if (rows <= MANY) return well(check, `${rows.toLocaleString('en')} rows, including those that wait`);
  const index = forEngine(db.engine, INDEX);
  if (await index.there(db, send)) return well(check, 'many, with an index of those that wait');
  const words = `more than ${MANY.toLocaleString('en')} rows, and no index of those that wait: each query reads the whole table`;
  return warning(
    check,
    words,
    `The owner of the table:${statements(index.create(mapping))}\n    Or have them deleted: send.taken.purgeAfterHours in EXCHANGE_FILE.`,
  );
};
