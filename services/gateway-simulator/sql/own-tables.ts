import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { type Definitions, missingTable, type OwnTables } from './missing-table';
import { createOnOracle } from './own-tables-oracle';

const ANSWER_COLUMNS = `
  kind text NOT NULL, due_at timestamptz(3) NOT NULL, happened_at timestamptz(3) NOT NULL, submitted_at timestamptz(3), msg_id text,
  gateway_msg_id text, from_addr text, to_addr text, code text, detail text`;

/** No unique key on MSG_ID: a message that was taken twice must be visible twice. */
const definitionsOnPostgres = ({ journal, answers, answerLog }: OwnTables): Definitions => [
  [
    journal,
    [
      `CREATE TABLE ${journal} (
  journal_seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seq_id bigint, msg_id text, app_id text, ext_code text, dest_addr text, priority int,
  content_sha256 text, created_at timestamptz(3), taken_at timestamptz(3) NOT NULL, instance_id text NOT NULL, gateway_msg_id text NOT NULL)`,
    ],
  ],
  [answers, [`CREATE TABLE ${answers} (${ANSWER_COLUMNS})`, `CREATE INDEX ON ${answers} (due_at)`]],
  ...(answerLog === undefined
    ? []
    : [[answerLog, [`CREATE TABLE ${answerLog} (${ANSWER_COLUMNS}, given_at timestamptz(3) NOT NULL)`]] as const]),
];

const createOnPostgres = async (db: Database, tables: OwnTables): Promise<readonly string[]> =>
  inTransaction(db, async ({ query }) => {
    const created: string[] = [];
    // If instances start together, the second one waits and finds the tables.
    await query(`SELECT pg_advisory_xact_lock(hashtext('gateway-simulator'))`);
    for (const [name, statements] of definitionsOnPostgres(tables)) {
      const { rows } = await query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [name]);
      if (rows[0]?.found) continue;
      try {
        for (const statement of statements) await query(statement);
      } catch (error) {
        throw missingTable(name, statements, error);
      }
      created.push(name);
    }
    return created;
  });

const CREATE_OWN_TABLES: PerEngine<typeof createOnPostgres> = { pg: createOnPostgres, oracledb: createOnOracle };

/**
 * Creates those of the simulator's own tables that do not exist.
 * @returns the names of the created tables
 * @throws BridgeError SIMULATOR_TABLE_MISSING with the statements to run, if the account cannot
 *   create them
 */
export const createOwnTables = (db: Database, tables: OwnTables): Promise<readonly string[]> =>
  forEngine(db.engine, CREATE_OWN_TABLES)(db, tables);
