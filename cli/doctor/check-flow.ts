import { setTimeout as sleep } from 'node:timers/promises';
import { findRuns } from '../../services/archiver/sql/record-run';
import { createMeasureDepth } from '../../services/exchange-relay/sql/exchange-depth';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Clock } from '../connect/load-clock';
import { toPrintable } from '../output/to-printable';
import { checkTaken } from './check-taken';
import type { DatabaseLooks, Head } from './database-looks';
import { broken, type Check, type Finding, warning, well } from './finding';
import { checkProvinceClock } from './province-clock';

export type Marks = { readonly highRows: number; readonly highAgeSeconds: number };

/** Checks whether the relay has paused because the province does not take the waiting rows. */
const checkExchangeDepth = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
  marks: Marks,
): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads(mapping.tables.send))) return [];
  const check = `flow: ${mapping.tables.send}`;
  const { rows, oldestMs } = await createMeasureDepth(db, mapping)(marks.highRows + 1);
  const age = rows === 0 ? '' : `, the oldest for ${Math.round(oldestMs / 1000)} s`;
  const words = `${rows.toLocaleString('en')} rows wait for the province${age}`;
  if (rows < marks.highRows && oldestMs < marks.highAgeSeconds * 1000) return well(check, words);
  return broken(
    check,
    `${words}: over the high-water mark, so the relay has paused`,
    'Ask the province why it takes no rows. The relay continues automatically when enough are taken (EXCHANGE_LOW_ROWS, EXCHANGE_LOW_AGE_SECONDS).',
  );
};

const checkIntake = async (looks: DatabaseLooks): Promise<readonly Finding[]> => {
  if (!(await looks.reads('sm_send_t'))) return [];
  const { waiting, due } = await looks.lateMessages();
  return [
    waiting === 0
      ? well('flow: table intake', 'no inserted message has waited for more than a minute')
      : broken(
          'flow: table intake',
          `${waiting.toLocaleString('en')} inserted messages have waited for more than a minute`,
          'Start producer (node dist/services/producer/main.js), or read its log.',
        ),
    due === 0
      ? well('flow: scheduled', 'none is late')
      : broken(
          'flow: scheduled',
          `${due.toLocaleString('en')} scheduled messages are more than a minute late`,
          'Start exchange-relay, or read its log.',
        ),
  ];
};

const STUCK_AFTER_MS = 2_000;

/** Finds the province's rows that are not taken: the first row is still the same after 2 s. */
const checkAnswers = async (looks: DatabaseLooks, mapping: ExchangeMapping): Promise<readonly Finding[]> => {
  const tables = (['resp', 'report', 'recv'] as const).map((kind) => ({
    table: mapping.tables[kind],
    seqId: mapping.columns[kind].seqId,
  }));
  const visible = await Promise.all(tables.map(({ table }) => looks.reads(table)));
  if (visible.includes(false)) return [];
  const before = await Promise.all(tables.map(({ table, seqId }) => looks.headOf(table, seqId)));
  if (before.some(({ rows }) => rows > 0)) await sleep(STUCK_AFTER_MS);
  const after = await Promise.all(tables.map(({ table, seqId }) => looks.headOf(table, seqId)));
  return tables.map(({ table }, index): Finding => {
    const [first, second] = [before[index] as Head, after[index] as Head];
    const words = `${second.rows.toLocaleString('en')} rows wait`;
    if (second.rows === 0 || first.first !== second.first) return well(`flow: ${table}`, words);
    return broken(
      `flow: ${table}`,
      `${words} and are not taken`,
      'Start report-collector (node dist/services/report-collector/main.js), or read its log.',
    );
  });
};

/** Finds reports with a code that the exchange file does not explain. */
const checkCodes = async (looks: DatabaseLooks): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads('sm_send_t'))) return [];
  const check = 'flow: report codes';
  const codes = await looks.unknownCodes();
  if (codes.length === 0) return well(check, 'all are known');
  const list = codes
    .map(({ code, messages }) => `${toPrintable(code)} (${messages.toLocaleString('en')} messages)`)
    .join(', ');
  return warning(
    check,
    `unknown report codes: ${list}; their messages stay open and end as UNKNOWN, REPORT_CODE_UNKNOWN`,
    'Ask the province what they mean, and add them to codes.report in EXCHANGE_FILE.',
  );
};

const DAY_MS = 86_400_000;
/** One night plus six hours. */
const ARCHIVE_LATE_MS = 1.25 * DAY_MS;

const checkArchive = async (
  db: Database,
  looks: DatabaseLooks,
  clock: Clock,
): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads('archive_run'))) return [];
  const [last] = await findRuns(db, 1);
  const check = 'flow: night job';
  if (last === undefined)
    return warning(check, 'no run yet', 'Start archiver, or run it once: `sms-bridge archive run`.');
  const startedAt = `${clock.show(last.startedAt).slice(0, 16)} ${clock.zone}`;
  const words = `${last.outcome}, ${startedAt}, ${last.counts.sendArchived.toLocaleString('en')} sent messages moved`;
  if (last.outcome === 'failed') {
    const why = last.problem?.split('\n')[0] ?? '';
    return broken(
      check,
      `the last run failed: ${why}`,
      'Fix the cause; `sms-bridge archive run` then continues where it stopped.',
    );
  }
  if (Date.now() - last.startedAt > ARCHIVE_LATE_MS) {
    return broken(check, `the last run was ${startedAt}`, 'Start archiver, or read its log.');
  }
  return well(check, words);
};

/**
 * Returns the checks of the flow of messages.
 * @param marks the relay's high-water marks
 */
export const flowChecks = (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
  marks: Marks,
  clock: Clock,
): readonly Check[] => [
  { name: `flow: ${mapping.tables.send}`, look: () => checkExchangeDepth(db, looks, mapping, marks) },
  { name: `flow: taken rows of ${mapping.tables.send}`, look: () => checkTaken(db, looks, mapping) },
  { name: 'flow: clock of the province', look: () => checkProvinceClock(db, looks, mapping) },
  { name: 'flow: table intake', look: () => checkIntake(looks) },
  { name: 'flow: answers', look: () => checkAnswers(looks, mapping) },
  { name: 'flow: report codes', look: () => checkCodes(looks) },
  { name: 'flow: night job', look: () => checkArchive(db, looks, clock) },
];
