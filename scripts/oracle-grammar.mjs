// `npm run oracle:grammar`, after the suites have run on both engines (npm test;
// TEST_ENGINE=oracledb npm test): stores the results of the grammar.
// - parsed-before.txt: digests of the parsed statements, and their first problem if any, so that a
// fresh clone need not parse all of them again (minutes)
// - examples.json: for each statement that the code assembles, one that was really sent to a server
// Adds to both files. To drop statements that no longer exist, start from nothing:
//     rm -rf node_modules/.cache/sms-bridge-oracle-grammar
//     export GRAMMAR_AFRESH=1
//     npm test
//     TEST_ENGINE=oracledb npm test
//     npm run oracle:grammar

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildWhenStale, installWhenStale, root } from './prepare.mjs';

if (!(await installWhenStale()) || !(await buildWhenStale())) process.exit(1);
const load = (name) => createRequire(import.meta.url)(join(root, 'dist', 'oracle-stand-in', 'grammar', `${name}.js`));
const { findStatementsInCode, isMadeOf } = load('statements-in-code');
const gaps = [...load('known-gaps').KNOWN_GAPS.keys()];
const kept = join(root, 'oracle-stand-in', 'grammar');
const cache = join(root, 'node_modules', '.cache', 'sms-bridge-oracle-grammar');
const before = (name, read) => (process.env.GRAMMAR_AFRESH ? [] : read(readFileSync(join(kept, name), 'utf8')));
const filesOf = (directory) => (existsSync(directory) ? readdirSync(directory) : []);

const known = before('parsed-before.txt', (text) => text.trim().split('\n'));
const toLines = (name) => {
  const [problem] = JSON.parse(readFileSync(join(cache, name), 'utf8'));
  const key = name.slice(0, 16);
  if (problem === undefined) return [key];
  // Some messages list every keyword of the language.
  return problem.message.length > 1_000 ? [] : [`${key} ${problem.line}:${problem.column} ${problem.message}`];
};
const parsed = filesOf(cache)
  .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
  .flatMap(toLines);
const all = [...new Set([...known, ...parsed])].sort();
writeFileSync(join(kept, 'parsed-before.txt'), `${all.join('\n')}\n`);

const accepted = filesOf(join(cache, 'accepted')).map((name) => readFileSync(join(cache, 'accepted', name), 'utf8'));
const texts = [...before('examples.json', JSON.parse), ...accepted].sort(
  (a, b) => a.length - b.length || (a < b ? -1 : 1),
);
const inCode = findStatementsInCode(root, ['shared', 'services', 'cli', 'migrations']).filter(
  ({ pieces }) => pieces.length > 1,
);
const examples = inCode.map((statement) => texts.find((sql) => isMadeOf(sql, statement)));
writeFileSync(
  join(kept, 'examples.json'),
  `${JSON.stringify([...new Set(examples.filter(Boolean))].sort(), null, 2)}\n`,
);

console.log(`${all.length} statements are known, ${all.length - known.length} of them new`);
for (const [index, { place }] of inCode.entries())
  if (examples[index] === undefined && !gaps.some((sql) => isMadeOf(sql, inCode[index])))
    console.log(`no suite has sent it yet: ${place}`);
