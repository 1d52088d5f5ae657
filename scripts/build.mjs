// Compiles TypeScript to dist/ when a source is newer than the last build. Plain Node: it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace(/package\.json$/, join('bin', 'tsc'));
const { status } = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' });
process.exit(status ?? 1);
