import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { dbaOf, familyOf, find, isThere, ROOT, start, startIn, toNumbers, until } from '../support/demo-process';
import { createEmptyOracleDatabase } from '../support/oracle-database';

const SERVER = process.env.TEST_DATABASE_URL as string;

describe('the demo on the stand-in for Oracle', () => {
  it('sends, follows and archives every message, reports at both ends that this is not Oracle, and ends every process', async () => {
    const demo = start('--engine', 'oracle');
    await until(() => find(demo, /(published)/));
    const family = await familyOf(demo.child.pid as number);
    expect(family.map(({ args }) => args)).toContainEqual(expect.stringContaining('run-oracle-server.js'));
    const code = await demo.ended;
    const summary = toNumbers(demo.lines.at(-1) as string);
    expect({ code, errors: demo.errors, summary }).toMatchObject({
      code: 0,
      errors: [],
      summary: { published: 120, lost: 0, duplicated: 0 },
    });
    expect(summary.handed).toBeGreaterThan(90);
    expect(summary.archived).toBeGreaterThan(110);
    const warnings = demo.lines.flatMap((line, at) => (line.startsWith('This is NOT Oracle') ? [at] : []));
    const table = demo.lines.findIndex((line) => line.includes('handed over to') || line.startsWith('┌'));
    expect(warnings).toEqual([expect.any(Number), expect.any(Number)]);
    expect([warnings[0]! < 4, warnings[1]! > table]).toEqual([true, true]);
    // The last line is for programs.
    expect(demo.lines.slice(0, -1).filter((line) => line.length > 80)).toEqual([]);
    await until(() => (family.some(({ pid }) => isThere(pid)) ? undefined : true));
  }, 240_000);

  it('is refused before anything starts where it cannot run', async () => {
    const contradiction = start('--engine', 'oracle', '--database', SERVER);
    const other = start('--engine', 'pg', '--database', 'oracle://scott:tiger@127.0.0.1/none');
    expect([await contradiction.ended, await other.ended]).toEqual([2, 2]);
    expect(contradiction.errors.join()).toMatch(/--engine oracle and a --database of PostgreSQL .* contradict/);
    expect(other.errors.join()).toMatch(/--engine pg and a --database of Oracle .* contradict/);

    const packaged = mkdtempSync(join(tmpdir(), 'sms-bridge-package-'));
    for (const part of ['dist/cli', 'dist/shared', 'dist/services', 'dist/migrations', 'schemas', 'package.json'])
      cpSync(join(ROOT, part), join(packaged, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(packaged, 'node_modules'));
    const without = startIn(packaged, '--engine', 'oracle');
    expect(await without.ended).toBe(1);
    expect(without.errors.join()).toMatch(/this package comes without the stand-in for Oracle/);
    rmSync(packaged, { recursive: true });
  }, 60_000);

  it('reports the rights that are missing on an Oracle, and changes no roles of an installation', async () => {
    const database = await createEmptyOracleDatabase(loadExchangeMapping());
    const owner = start('--database', database.url);
    await database.dba?.oracle.execute('CREATE ROLE SMS_RELAY');
    const installed = start('--database', dbaOf(database));
    expect([await owner.ended, await installed.ended]).toEqual([1, 1]);
    expect(owner.errors.join()).toMatch(/its account needs the role DBA \(or CREATE, ALTER and DROP USER/);
    expect(installed.errors.join()).toMatch(
      /already installed in this Oracle database, which has its roles \(SMS_RELAY\)/,
    );
    const roles = await database.dba?.oracle.execute('SELECT ROLE FROM DBA_ROLES');
    expect(roles?.rows).toEqual([{ role: 'SMS_RELAY' }]);
    await database.drop();
  }, 120_000);
});
