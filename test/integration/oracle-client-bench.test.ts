import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

type Found = {
  readonly name: string;
  readonly columns?: number;
  readonly rate: number;
  readonly calls: readonly string[];
};

const BENCH = join(__dirname, '..', '..', 'dist', 'test', 'bench', 'oracle-client.js');

// only that it runs, and what a batch sends to a server without a database; the numbers need a
// quiet machine
it('bench:oracle-client measures each statement and each batch, and ends with a line for programs', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'oracle-client-'));
  try {
    const json = join(directory, 'found.json');
    const { stdout } = await promisify(execFile)(process.execPath, [
      BENCH,
      ...['--messages', '2000', '--rounds', '1', '--json', json],
    ]);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^oracle-client ratio=\d\.\d\d rate=\d+\/s baseline=\d+\/s$/);
    const { found } = JSON.parse(readFileSync(json, 'utf8')).details as { readonly found: readonly Found[] };
    expect(found.every(({ rate }) => rate > 0)).toBe(true);
    expect(found.filter(({ columns }) => columns !== undefined).map(({ calls }) => calls)).toEqual(
      Array(6).fill(['execute', 'commit']),
    );
    const whole = found.filter(({ columns }) => columns === undefined);
    expect(whole.map(({ name, calls }) => [name.split(':')[0], calls.length])).toEqual([
      ['hand-over', 6],
      ['RESP', 5],
      ['REPORT', 7],
      ['RECV', 4],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
