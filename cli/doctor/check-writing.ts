import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createProbeTables } from '../../services/exchange-relay/sql/probe-tables';
import { toApplications } from '../../shared/accounts/application-directory';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { loadColumns } from '../../shared/database/load-columns';
import { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { findColumnProblems, findNarrowIds, toColumnText } from '../../shared/faults/column-problems';
import { explainFault } from '../../shared/faults/explain-fault';
import type { DatabaseLooks } from './database-looks';
import { broken, type Check, type Finding, warning, well } from './finding';

const KINDS = ['send', 'resp', 'report', 'recv'] as const;

const ADVICE =
  'Change the column (or ask the province to), or name the right one in EXCHANGE_FILE: docs/runbooks/table-refuses.md.';

const NARROW =
  'Ask the province to widen the column. Until then replies are matched by a truncated MSG_ID, if it has at least 12 characters and no other id begins with them.';

/** Compares the columns of the exchange tables with the values that are written and read. */
const checkColumns = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
): Promise<readonly Finding[] | Finding> => {
  const check = 'database: exchange columns';
  const seen = await Promise.all(KINDS.map((kind) => looks.sees(mapping.tables[kind])));
  const found = await Promise.all(
    KINDS.filter((_, index) => seen[index]).map(async (kind) => ({
      kind,
      columns: await loadColumns(db, mapping.tables[kind]),
    })),
  );
  if (!seen.includes(true)) return [];
  const texts = found.flatMap(({ kind, columns }) => findColumnProblems(kind, mapping, columns)).map(toColumnText);
  if (texts.length > 0) return broken(check, texts.join('; '), ADVICE);
  const narrow = found
    .flatMap(({ kind, columns }) => (kind === 'resp' || kind === 'report' ? findNarrowIds(kind, mapping, columns) : []))
    .map(toColumnText);
  return narrow.length === 0 ? well(check, 'fit what is written and read') : warning(check, narrow.join('; '), NARROW);
};

/** Runs the relay's own test, which rolls back. Skipped for an account that lacks the rights. */
const checkTestRows = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.seesAll()) && !(await looks.reads('relay_offset'))) return [];
  const check = 'database: test rows';
  const applications = [...toApplications(await looks.accounts().catch(() => [])).values()];
  const probe = createProbeTables(db, createHandOver(db, mapping), {
    applications: () => applications,
    contentMax: 1000,
  });
  try {
    await probe();
    return well(check, 'the longest message can be handed over (rolled back)');
  } catch (error) {
    const code = error instanceof BridgeError ? error.code : '';
    if (code === 'DB_DENIED' && !(await looks.seesAll())) return [];
    const busy = 'Another session has locked the table: end that session, or wait for it.';
    return broken(
      check,
      explainFault(error, `${mapping.tables.send} or SM_SEND_T`),
      code === 'DB_LOCKED' ? busy : ADVICE,
    );
  }
};

type Parked = { readonly locked: number; readonly refused: number; readonly oldest: number; readonly problem: string };

const LOOK_AT_PARKED: PerEngine<(db: Database) => Promise<Parked>> = {
  pg: async ({ query }) => {
    const { rows } = await query<Parked>(
      `SELECT count(*) FILTER (WHERE coalesce(fault, '') = '')::int AS locked, count(*) FILTER (WHERE fault <> '')::int AS refused,
              coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS oldest, coalesce(max(problem) FILTER (WHERE fault <> ''), '') AS problem
         FROM sm_relay_parked`,
    );
    return rows[0] ?? { locked: 0, refused: 0, oldest: 0, problem: '' };
  },
  oracledb: async ({ oracle }) => {
    const { rows } = await oracle.execute<{
      locked: string;
      refused: string;
      oldest: Date | null;
      problem: string | null;
      now_utc: Date;
    }>(
      `SELECT COUNT(CASE WHEN FAULT IS NULL THEN 1 END) AS LOCKED, COUNT(FAULT) AS REFUSED, MIN(PARKED_AT) AS OLDEST,
  MAX(CASE WHEN FAULT IS NOT NULL THEN PROBLEM END) AS PROBLEM, SYS_EXTRACT_UTC(SYSTIMESTAMP) AS NOW_UTC FROM SM_RELAY_PARKED`,
    );
    const [row] = rows;
    const oldest = row?.oldest ? (row.now_utc.getTime() - row.oldest.getTime()) / 1000 : 0;
    return {
      locked: Number(row?.locked ?? 0),
      refused: Number(row?.refused ?? 0),
      oldest,
      problem: row?.problem ?? '',
    };
  },
};

const LONG_SECONDS = 60;

/** Checks the records that the relay's offset has passed but that are not handed over yet. */
const checkParked = async (db: Database, looks: DatabaseLooks): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads('sm_relay_parked'))) return [];
  const check = 'flow: parked records';
  const { locked, refused, oldest, problem } = await forEngine(db.engine, LOOK_AT_PARKED)(db);
  const words = `${locked + refused} wait${oldest > 0 ? `, the oldest for ${Math.round(oldest)} s` : ''}`;
  if (refused > 0)
    return broken(
      check,
      `${words}: ${refused} are refused by a table: ${problem}`,
      `${ADVICE} They are then handed over automatically.`,
    );
  if (locked === 0 || oldest < LONG_SECONDS) return well(check, words);
  return broken(
    check,
    `${words}: another session holds a lock on their messages`,
    'Find the session (pg_locks, V$LOCK) and end it; the records are then handed over automatically. See docs/runbooks/message-locked.md.',
  );
};

export const writingChecks = (db: Database, looks: DatabaseLooks, mapping: ExchangeMapping): readonly Check[] => [
  { name: 'database: exchange columns', look: () => checkColumns(db, looks, mapping) },
  { name: 'database: test rows', look: () => checkTestRows(db, looks, mapping) },
  { name: 'flow: parked records', look: () => checkParked(db, looks) },
];
