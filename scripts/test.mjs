// `npm test` on a fresh clone: installs, lints, compiles and runs every test; ends with `N passed,
// N failed`. Plain Node.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildWhenStale, installWhenStale, root, run } from './prepare.mjs';

if (!(await installWhenStale())) process.exit(1);
const bin = (name) => join(root, 'node_modules', '.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-test-'));
const chosen = process.argv.slice(2);
// One more than the processors of a small machine: a suite waits half of its time for servers.
const args = chosen.length > 0 ? chosen : ['--maxWorkers=3'];
const parsed = () => {
  const cache = join(root, 'node_modules', '.cache', 'sms-bridge-oracle-grammar');
  return existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith('.json')).length : 0;
};
const parsedBefore = parsed();
const checks = await Promise.all([
  run(bin('biome'), ['check', '.']),
  run(bin('knip'), ['--no-progress']),
  buildWhenStale(),
]);
let passed = checks.filter((good) => good).length;
let failed = checks.length - passed;
const jest = async (name, args) => {
  const results = join(scratch, `jest-${name}.json`);
  await run(bin('jest'), ['--json', `--outputFile=${results}`, ...args]);
  if (!existsSync(results)) return { passed: 0, failed: 1, files: [] };
  const {
    numPassedTests,
    numFailedTests,
    numRuntimeErrorTestSuites = 0,
    testResults,
  } = JSON.parse(readFileSync(results, 'utf8'));
  const files = testResults.filter(({ status }) => status === 'failed').map((file) => file.name);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, files };
};
const result = await jest('all', args);
const tests = result.passed;
passed += result.passed;
/** failures that a second run cannot remove: those of the checks, and of a run without a report */
const certain = failed + (result.files.length === 0 ? result.failed : 0);
failed += result.failed;
const suspects = result.files;
// On a busy machine, tests with real servers and killed processes may miss their deadlines. Suites
// that failed run once more, alone; they are named either way.
if (suspects.length > 0 && suspects.length <= 5 && chosen.length === 0) {
  const again = await jest('again', ['--runInBand', ...suspects]);
  const before = failed;
  failed = certain + again.failed;
  passed += Math.max(0, before - failed);
  console.log(`failed at first, run once more alone: ${suspects.map((file) => relative(root, file)).join(', ')}`);
}
rmSync(scratch, { recursive: true });
const newlyParsed = parsed() - parsedBefore;
if (newlyParsed > 10)
  console.log(
    `the grammar of Oracle read ${newlyParsed} statements for the first time, which takes seconds each: npm run oracle:grammar keeps them`,
  );
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && tests > 0 ? 0 : 1);
