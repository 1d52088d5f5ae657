// Writes docs/openapi.json from the routes of the producer; `--check [file]` only reports whether
// the file is what would be written. Plain Node.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildWhenStale, root } from '../prepare.mjs';

const [mode, file = join(root, 'docs', 'openapi.json')] = process.argv.slice(2);

await buildWhenStale();
const { describeHttp } = createRequire(import.meta.url)(
  join(root, 'dist', 'services', 'producer', 'http', 'describe-http.js'),
);
const text = `${JSON.stringify(await describeHttp(), null, 2)}\n`;
if (mode !== '--check') writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${file} is not what the routes say: run \`npm run docs:openapi\``);
  process.exitCode = 1;
}
