// `npm test` on a fresh clone: installs, lints, checks types, runs every test, and ends with `N passed, N failed`. Plain Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
// not `npm ci`: the registry that the lock file was made with lacks other platforms' builds of biome, swc and jest's resolver, so the lock file
// lacks them too, and `npm ci` refuses it; `npm install` takes what is locked and looks the rest up
const installed = join(root, 'node_modules', '.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
  if (!run('npm', ['install', '--no-save', '--no-audit', '--no-fund'])) process.exit(1);
}
const bin = (name) => join(root, 'node_modules', '.bin', name);
const scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-test-'));
const results = join(scratch, 'jest.json');
const checks = [run(bin('biome'), ['check', '.']), run(bin('tsc'), ['--noEmit', '-p', root])];
run(bin('jest'), ['--json', `--outputFile=${results}`, ...process.argv.slice(2)]);
const jest = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : { numPassedTests: 0, numFailedTests: 1 };
rmSync(scratch, { recursive: true });
const failed = jest.numFailedTests + (jest.numRuntimeErrorTestSuites ?? 0) + checks.filter((good) => !good).length;
const passed = jest.numPassedTests + checks.filter((good) => good).length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && jest.numPassedTests > 0 ? 0 : 1);
