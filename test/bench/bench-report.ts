import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { findPackageRoot } from '../../shared/avro/load-schemas';

/** How the image starts its processes; the baselines get the same. */
export const AS_DEPLOYED = { NODE_OPTIONS: '--max-semi-space-size=64' };

export const benchArguments = (defaults: { readonly messages: number; readonly rounds: number }) => {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: String(defaults.messages) },
      rounds: { type: 'string', default: String(defaults.rounds) },
      json: { type: 'string' },
    },
  });
  return { messages: Number(values.messages), rounds: Number(values.rounds), json: values.json };
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** The value below which `share` (0 to 1) of the values lie. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
};

/**
 * Prints the table, writes the JSON file (default `dist/bench/<name>.json`) and prints one line for
 * programs: `<name> <field>=<value> …`.
 */
export const reportBench = (
  name: string,
  report: {
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
    readonly result: Readonly<Record<string, string>>;
    readonly json?: string | undefined;
    readonly details?: unknown;
  },
): void => {
  const table = new Table({ head: [...report.head], style: { head: [], border: [] } });
  for (const row of report.rows) table.push([...row]);
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const path = report.json ?? join(findPackageRoot(__dirname), 'dist', 'bench', `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const { result, details } = report;
  writeFileSync(path, `${JSON.stringify({ name, at: new Date().toISOString(), machine, result, details }, null, 2)}\n`);
  const fields = Object.entries(result).map(([field, value]) => `${field}=${value}`);
  process.stdout.write(`${table.toString()}\n${path}\n${name} ${fields.join(' ')}\n`);
};
