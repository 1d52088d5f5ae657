// Runs the command-line program on a fresh clone as well: installs, compiles, and passes the
// arguments on. Plain Node, in old syntax until the version is checked.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const OLDEST = 20;
if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  console.error(`This is Node ${process.versions.node}, and version ${OLDEST} or newer is needed: https://nodejs.org`);
  process.exit(1);
}
const { buildWhenStale, installWhenStale, root } = await import('./prepare.mjs');

// an npm that is killed cannot pass it on; `exec` in package.json makes npm our parent
const { npm_lifecycle_event: startedByNpm } = process.env;
const npm = process.ppid;
if (startedByNpm) setInterval(() => process.ppid !== npm && process.kill(process.pid, 'SIGTERM'), 500).unref();
if (!(await installWhenStale(() => console.error('installing packages (once) …')))) process.exit(1);
if (!(await buildWhenStale(() => console.error('compiling …')))) process.exit(1);
const main = join(root, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, main, ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
