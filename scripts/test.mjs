// `npm test` on a fresh clone: installs, lints, compiles, runs every test, and ends with `N passed, N failed`. Plain Node.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhenStale, installWhenStale, root, run } from './prepare.mjs';

if (!(await installWhenStale())) process.exit(1);
const bin = (name) => join(root, 'node_modules', '.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-test-'));
const chosen = process.argv.slice(2);
// what waits most of its time goes two at a time; whole bridges, whose processes are killed by the clock, go alone
const runs =
  chosen.length > 0
    ? [chosen]
    : [
        ['--maxWorkers=2', '--testPathIgnorePatterns=test/e2e/'],
        ['--runInBand', 'test/e2e/'],
      ];
const checks = [await run(bin('biome'), ['check', '.']), await buildWhenStale()];
let passed = checks.filter((good) => good).length;
let failed = checks.length - passed;
let tests = 0;
for (const [index, args] of runs.entries()) {
  const results = join(scratch, `jest-${index}.json`);
  await run(bin('jest'), ['--json', `--outputFile=${results}`, ...args]);
  const jest = existsSync(results)
    ? JSON.parse(readFileSync(results, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 1 };
  tests += jest.numPassedTests;
  passed += jest.numPassedTests;
  failed += jest.numFailedTests + (jest.numRuntimeErrorTestSuites ?? 0);
}
rmSync(scratch, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && tests > 0 ? 0 : 1);
