// `npm run oracle:grammar`: keeps which statements for Oracle the grammar has parsed, so that a fresh clone need not parse all of them again (minutes).
// Reads the results that the last test runs left in node_modules/.cache. Begin with an empty cache to leave out what no longer exists:
//     rm -rf node_modules/.cache/sms-bridge-oracle-grammar; GRAMMAR_AFRESH=1 npm test; GRAMMAR_AFRESH=1 TEST_ENGINE=oracledb npm test; npm run oracle:grammar
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const cache = join(root, 'node_modules', '.cache', 'sms-bridge-oracle-grammar');
const good = readdirSync(cache)
  .filter((name) => /^[0-9a-f]{64}\.json$/.test(name) && readFileSync(join(cache, name), 'utf8') === '[]')
  .map((name) => name.slice(0, 16))
  .sort();
writeFileSync(join(root, 'test', 'support', 'oracle-grammar', 'parsed-before.txt'), `${good.join('\n')}\n`);
console.log(`${good.length} statements have parsed`);
