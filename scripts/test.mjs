// `npm test` on a fresh clone: installs, lints, compiles, runs every test, and ends with `N passed, N failed`. Plain Node.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWhenStale, installWhenStale, root, run } from './prepare.mjs';

if (!(await installWhenStale())) process.exit(1);
const bin = (name) => join(root, 'node_modules', '.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-test-'));
const results = join(scratch, 'jest.json');
const checks = [await run(bin('biome'), ['check', '.']), await buildWhenStale()];
await run(bin('jest'), ['--json', `--outputFile=${results}`, ...process.argv.slice(2)]);
const jest = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : { numPassedTests: 0, numFailedTests: 1 };
rmSync(scratch, { recursive: true });
const failed = jest.numFailedTests + (jest.numRuntimeErrorTestSuites ?? 0) + checks.filter((good) => !good).length;
const passed = jest.numPassedTests + checks.filter((good) => good).length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && jest.numPassedTests > 0 ? 0 : 1);
