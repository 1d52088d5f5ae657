import Table from 'cli-table3';
import type { Colours } from '../output/create-output';
import type { Fates } from './judge-fates';

export type DemoResult = {
  readonly fates: Fates;
  readonly twice: number;
  readonly inbound: number;
  readonly acknowledged: number;
  readonly archivedSent: number;
  readonly archivedReceived: number;
  /** kills by service, with --kill */
  readonly kills?: ReadonlyMap<string, number> | undefined;
};

const EXAMPLES = 5;

/** Returns the sentences that make the run a failure. Pure. */
export const problemsOf = ({ lost, duplicated, wrong }: Fates): readonly string[] => {
  const some = (ids: readonly string[]): string =>
    `${ids.slice(0, EXAMPLES).join(', ')}${ids.length > EXAMPLES ? ', …' : ''}`;
  return [
    ...(lost.length > 0 ? [`lost: ${some(lost)}`] : []),
    ...(duplicated.length > 0 ? [`sent more than once: ${some(duplicated)}`] : []),
    ...wrong.slice(0, EXAMPLES),
    ...(wrong.length > EXAMPLES ? [`… and ${wrong.length - EXAMPLES} more`] : []),
  ];
};

const sumOf = (kills: ReadonlyMap<string, number>): number =>
  [...kills.values()].reduce((sum, count) => sum + count, 0);

/** Returns the last line of the demo, for programs. Pure. */
export const toSummaryLine = ({ fates, inbound, archivedSent, archivedReceived, kills }: DemoResult): string => {
  const { published, handed, delivered, undelivered, expired, rejected, lost, duplicated } = fates;
  const numbers = { published, handed, delivered, undelivered, expired, rejected, inbound };
  const archived = archivedSent + archivedReceived;
  const killed = kills === undefined ? {} : { kills: sumOf(kills) };
  return Object.entries({ ...numbers, archived, ...killed, lost: lost.length, duplicated: duplicated.length })
    .map(([name, count]) => `${name}=${count}`)
    .join(' ');
};

const toKillsLine = (kills: ReadonlyMap<string, number>): string =>
  [...kills].map(([name, count]) => `${name.replace(/^.*-/, '')} ${count}`).join(', ');

export const toResultTable = (result: DemoResult, colours: Colours): string => {
  const { fates, twice, inbound, acknowledged, archivedSent, archivedReceived, kills } = result;
  const number = (count: number): string => count.toLocaleString('en-US');
  const proof = (count: number): string =>
    count === 0 ? colours.green('0') : colours.red(colours.bold(number(count)));
  const table = new Table({
    colAligns: ['left', 'right', 'left'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  });
  table.push(
    ['published', number(fates.published), `${number(twice)} of them twice, as after a timeout`],
    ['handed over', number(fates.handed), 'rows that the province took'],
    ['  delivered', number(fates.delivered), 'reached the phone'],
    ['  undelivered', number(fates.undelivered), 'refused by the gateway, or phone off, barred, unknown'],
    ['expired', number(fates.expired), 'validity ended before or after hand-over'],
    ['rejected', number(fates.rejected), `invalid on purpose; ${number(fates.unreadable)} of them unreadable bytes`],
    ['inbound', number(inbound), `replies of customers, ${number(acknowledged)} acknowledged`],
    [
      'archived',
      number(archivedSent + archivedReceived),
      `to the history: ${number(archivedSent)} sent, ${number(archivedReceived)} received`,
    ],
    ...(kills === undefined ? [] : [['kill -9', number(sumOf(kills)), toKillsLine(kills)]]),
    [colours.bold('lost'), proof(fates.lost.length), "neither in the province's journal nor ended with why"],
    [colours.bold('duplicated'), proof(fates.duplicated.length), "in the province's journal more than once"],
  );
  return table.toString();
};
