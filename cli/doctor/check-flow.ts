import { setTimeout as sleep } from 'node:timers/promises';
import { findRuns } from '../../services/archiver/adapters/record-run';
import { createMeasureDepth } from '../../services/exchange-relay/adapters/exchange-depth';
import type { Database } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { toLocalTime } from '../tail/show-record';
import { broken, type Check, type Finding, warning, well } from './finding';

export type Marks = { readonly highRows: number; readonly highAgeSeconds: number };

/** Whether the relay rests because the province does not take what is there. */
const checkExchangeDepth = async (db: Database, names: ExchangeNames, marks: Marks): Promise<Finding> => {
  const check = `flow: ${names.tables.send}`;
  const { rows, oldestMs } = await createMeasureDepth(db, names)(marks.highRows + 1);
  const age = rows === 0 ? '' : `, the oldest for ${Math.round(oldestMs / 1000)} s`;
  const words = `${rows.toLocaleString('en')} rows wait for the province${age}`;
  if (rows < marks.highRows && oldestMs < marks.highAgeSeconds * 1000) return well(check, words);
  return broken(
    check,
    `${words}: over the high-water mark, handing over rests`,
    'Ask the province why it takes nothing; the relay goes on by itself (EXCHANGE_HIGH_ROWS, EXCHANGE_HIGH_AGE_SECONDS).',
  );
};

const LATE = `interval '1 minute'`;

const checkIntake = async (db: Database): Promise<readonly Finding[]> => {
  const { rows } = await db.query<{ waiting: number; due: number }>(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM sm_send_t WHERE status = 'NEW' AND created_at < now() - ${LATE} LIMIT 100000) AS n)::int AS waiting,
            (SELECT count(*) FROM (SELECT 1 FROM sm_send_t WHERE status = 'SCHEDULED' AND scheduled_at < now() - ${LATE} LIMIT 100000) AS s)::int AS due`,
  );
  const { waiting = 0, due = 0 } = rows[0] ?? {};
  return [
    waiting === 0
      ? well('flow: table intake', 'no inserted message waits longer than a minute')
      : broken(
          'flow: table intake',
          `${waiting.toLocaleString('en')} inserted messages wait longer than a minute`,
          'Start producer (node dist/services/producer/main.js), or see its log.',
        ),
    due === 0
      ? well('flow: scheduled', 'none is late')
      : broken(
          'flow: scheduled',
          `${due.toLocaleString('en')} scheduled messages are more than a minute late`,
          'Start exchange-relay, or see its log.',
        ),
  ];
};

const STUCK_AFTER_MS = 2_000;

type Head = { readonly rows: number; readonly first: string | null };

const headOf = async (db: Database, table: string, seqId: string): Promise<Head> => {
  const { rows } = await db.query<{ rows: number; first: string | null }>(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT 100000) AS n)::int AS rows, (SELECT min(${seqId})::text FROM ${table}) AS first`,
  );
  return rows[0] ?? { rows: 0, first: null };
};

/** Rows of the province that nobody takes: the first one is still there a moment later. */
const checkAnswers = async (db: Database, names: ExchangeNames): Promise<readonly Finding[]> => {
  const tables = (['resp', 'report', 'recv'] as const).map((kind) => ({
    table: names.tables[kind],
    seqId: names.columns[kind].seqId,
  }));
  const before = await Promise.all(tables.map(({ table, seqId }) => headOf(db, table, seqId)));
  if (before.some(({ rows }) => rows > 0)) await sleep(STUCK_AFTER_MS);
  const after = await Promise.all(tables.map(({ table, seqId }) => headOf(db, table, seqId)));
  return tables.map(({ table }, at): Finding => {
    const [first, second] = [before[at] as Head, after[at] as Head];
    const words = `${second.rows.toLocaleString('en')} rows wait`;
    if (second.rows === 0 || first.first !== second.first) return well(`flow: ${table}`, words);
    return broken(
      `flow: ${table}`,
      `${words} and are not taken`,
      'Start report-collector (node dist/services/report-collector/main.js), or see its log.',
    );
  });
};

const DAY_MS = 86_400_000;
/** A night's run, and some hours. */
const ARCHIVE_LATE_MS = 1.25 * DAY_MS;

const checkArchive = async (db: Database): Promise<Finding> => {
  const [last] = await findRuns(db, 1);
  const check = 'flow: night job';
  if (last === undefined)
    return warning(check, 'no run yet', 'Start archiver, or run it once: `sms-bridge archive run`.');
  const words = `${last.outcome}, ${toLocalTime(last.startedAt).slice(0, 16)}, ${last.counts.sendArchived.toLocaleString('en')} sent messages moved`;
  if (last.outcome === 'failed') {
    const why = last.problem?.split('\n')[0] ?? '';
    return broken(
      check,
      `the last run failed: ${why}`,
      'Mend that; `sms-bridge archive run` tries again and goes on where it stopped.',
    );
  }
  if (Date.now() - last.startedAt > ARCHIVE_LATE_MS) {
    return broken(
      check,
      `the last run was ${toLocalTime(last.startedAt).slice(0, 16)}`,
      'Start archiver, or see its log.',
    );
  }
  return well(check, words);
};

export const flowChecks = (db: Database, names: ExchangeNames, marks: Marks): readonly Check[] => [
  { name: `flow: ${names.tables.send}`, look: () => checkExchangeDepth(db, names, marks) },
  { name: 'flow: table intake', look: () => checkIntake(db) },
  { name: 'flow: answers', look: () => checkAnswers(db, names) },
  { name: 'flow: night job', look: () => checkArchive(db) },
];
