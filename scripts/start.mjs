// `npm start` on a fresh clone: installs, compiles and runs the demo. Plain Node, in old syntax
// until the version is checked.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const OLDEST = 20;
if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  console.error(`This is Node ${process.versions.node}, and version ${OLDEST} or newer is needed: https://nodejs.org`);
  process.exit(1);
}
const { buildWhenStale, installWhenStale, root } = await import('./prepare.mjs');
const { endWithNpm } = await import('./end-with-npm.mjs');

endWithNpm();
if (!(await installWhenStale(() => console.error('installing packages (once) …')))) process.exit(1);
if (!(await buildWhenStale(() => console.error('compiling …')))) process.exit(1);
const main = join(root, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
