import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';

export type Figures = Readonly<Record<string, number | string>>;

/** Prints a table, writes the figures as JSON (`--json path`, else none), and ends with the one line that programs read. */
export const report = (
  name: string,
  rows: readonly (readonly [string, string])[],
  figures: Figures,
  lastLine: string,
): void => {
  const table = new Table({ head: [name, ''], colAligns: ['left', 'right'] });
  for (const [label, value] of rows) table.push([label, value]);
  process.stdout.write(`${table.toString()}\n`);
  const at = process.argv.indexOf('--json');
  const path = at > 0 ? process.argv[at + 1] : undefined;
  if (path !== undefined) {
    const machine = { cpus: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
    writeFileSync(path, `${JSON.stringify({ name, at: new Date().toISOString(), machine, ...figures }, null, 2)}\n`);
  }
  process.stdout.write(`${lastLine}\n`);
};

/** The middle of the values (of an even number, the lower middle). */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number;

export const perSecond = (count: number, ms: number): number => Math.round((count / ms) * 1000);
