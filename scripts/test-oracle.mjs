// `ORACLE_TEST_URL=oracle://account:password@host:port/service npm run test:oracle [file …]`: runs
// the suites for both engines and those for Oracle on a real Oracle.
// `npm run test:oracle -- --stand-in [file …]`: the same, with the stand-in as the server. Plain
// Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildWhenStale, installWhenStale, root, run } from './prepare.mjs';

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { 'stand-in': { type: 'boolean' } },
});
const standIn = values['stand-in'] === true;
if (!standIn && !process.env.ORACLE_TEST_URL?.startsWith('oracle://')) {
  process.stderr.write(
    'ORACLE_TEST_URL must be oracle://account:password@host:port/service, a DBA of an empty pluggable database: see oracle-stand-in/README.md#testing-on-a-real-oracle\n' +
      'To rehearse it without an Oracle: npm run test:oracle -- --stand-in\n',
  );
  process.exit(2);
}
if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);
process.env.TZ = 'UTC';
const remote = (name) => join(root, 'dist', 'test', 'support', 'oracle-remote', `${name}.js`);
if (standIn) {
  // It ends with this process, because its standard input closes then.
  const server = spawn(process.execPath, [remote('play-server')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const lines = createInterface({ input: server.stdout });
  const [url] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (url === undefined) process.exit(1);
  process.env.ORACLE_TEST_URL = url;
  for (const handle of [server, server.stdout, server.stdin]) handle.unref();
}
process.env.TEST_ENGINE = 'oracledb';

const tests = ['test', 'oracle-stand-in/test']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const onThisServer = tests.filter(({ text }) => /\bon(EachEngine|OneEngine|Oracle)\(/.test(text));
const startsStandIn = /\b(spawnOracleServer|openTestOracle)\(/;
const suites = onThisServer.filter(({ text }) => !startsStandIn.test(text)).map(({ path }) => path);
const leftOut = tests
  .filter(
    ({ path, text }) =>
      !path.includes('test/unit/') &&
      /'oracledb'|on(EachEngine|OneEngine|Oracle|StandIn)\(|openTestOracle\(/.test(text),
  )
  .map(({ path }) => path)
  .filter((path) => !suites.includes(path))
  .sort();
const chosen = asked.length === 0 ? suites.sort() : suites.filter((path) => asked.some((part) => path.includes(part)));

const step = (name) => run(process.execPath, [remote('run'), name]);
if (chosen.length === 0 || !(await step('begin'))) process.exit(1);
// The tests handle Ctrl-C themselves; the objects that they created must still be removed.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

/** Runs first, so that a server on which nothing works is noticed before the long rest. */
const FIRST = 'oracle-first-question.test.ts';
const isFirst = (path) => path.endsWith(FIRST);

const scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-test-oracle-'));
// One after the other: the roles of the migrations belong to the whole database.
const ask = async (paths, name) => {
  const results = join(scratch, `${name}.json`);
  if (paths.length === 0) return [];
  await run(join(root, 'node_modules', '.bin', 'jest'), [
    '--runInBand',
    '--json',
    `--outputFile=${results}`,
    '--runTestsByPath',
    ...paths,
  ]);
  const nothing = { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0, testResults: [] };
  return [existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : nothing];
};
const reports = [
  ...(await ask(chosen.filter(isFirst), 'first')),
  ...(await ask(
    chosen.filter((path) => !isFirst(path)),
    'rest',
  )),
];
const clean = await step('end');
rmSync(scratch, { recursive: true });
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
console.log('checked on this server:');
for (const { name, assertionResults } of reports.flatMap(({ testResults }) => testResults)) {
  const passed = assertionResults.filter(({ status }) => status === 'passed').length;
  console.log(`  ${relative(root, name)}: ${passed} of ${assertionResults.length} passed`);
}
if (asked.length === 0) {
  console.log(
    'left out, because they look into the stand-in or make it fail (lost connections, ORA errors, round trips):',
  );
  for (const path of leftOut) console.log(`  ${path}`);
}
const passed = sum(({ numPassedTests }) => numPassedTests);
const failed =
  sum(({ numFailedTests, numRuntimeErrorTestSuites }) => numFailedTests + numRuntimeErrorTestSuites) + (clean ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
