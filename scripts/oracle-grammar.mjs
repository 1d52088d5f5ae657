// `npm run oracle:grammar`: keeps which statements for Oracle the grammar has parsed, so that a fresh clone need not parse all of them again (minutes).
// Adds what the last test runs left in node_modules/.cache. To leave out what no longer exists, begin anew:
//     rm -rf node_modules/.cache/sms-bridge-oracle-grammar; export GRAMMAR_AFRESH=1; npm test; TEST_ENGINE=oracledb npm test; npm run oracle:grammar
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const cache = join(root, 'node_modules', '.cache', 'sms-bridge-oracle-grammar');
const file = join(root, 'test', 'support', 'oracle-grammar', 'parsed-before.txt');
const before = process.env.GRAMMAR_AFRESH ? [] : readFileSync(file, 'utf8').trim().split('\n');
const parsed = readdirSync(cache)
  .filter((name) => /^[0-9a-f]{64}\.json$/.test(name) && readFileSync(join(cache, name), 'utf8') === '[]')
  .map((name) => name.slice(0, 16));
const all = [...new Set([...before, ...parsed])].sort();
writeFileSync(file, `${all.join('\n')}\n`);
console.log(`${all.length} statements have parsed, ${all.length - before.length} of them new`);
