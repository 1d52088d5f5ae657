// Writes docs/configuration.md from the compiled declarations. With `--check [file]` only compares
// the file with the text that would be written. Plain Node.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildWhenStale, root } from '../prepare.mjs';
import { renderConfiguration } from './render-configuration.mjs';

const require = createRequire(import.meta.url);
const compiled = join(root, 'dist');

/**
 * Returns the definitions of all services that have a config.ts. The sources decide, because `dist`
 * may still contain a removed service.
 */
const findDefinitions = () =>
  readdirSync(join(root, 'services'))
    .filter((name) => existsSync(join(root, 'services', name, 'config.ts')))
    .flatMap((name) => Object.values(require(join(compiled, 'services', name, 'config.js'))))
    .filter((value) => value?.service !== undefined && value?.variables !== undefined);

/** Returns the groups of variables in shared/config. */
const findGroups = () =>
  readdirSync(join(root, 'shared', 'config'))
    .filter((file) => file.endsWith('-variables.ts'))
    .flatMap((file) => Object.entries(require(join(compiled, 'shared', 'config', file.replace(/\.ts$/, '.js')))))
    .filter(([name]) => name.endsWith('Variables'))
    .map(([name, variables]) => ({ name, variables }));

const check = process.argv[2] === '--check';
const file = (check && process.argv[3]) || join(root, 'docs', 'configuration.md');

// Compile errors elsewhere do not matter here: loading the declarations succeeds or fails.
await buildWhenStale();
const { loadExchangeMapping } = require(join(compiled, 'shared', 'exchange', 'exchange-mapping.js'));
const { OPTIONAL_COLUMNS } = require(join(compiled, 'shared', 'exchange', 'exchange-schema.js'));
const text = renderConfiguration({
  groups: findGroups(),
  definitions: findDefinitions(),
  exchangeMapping: loadExchangeMapping(),
  optionalColumns: OPTIONAL_COLUMNS,
});
if (!check) writeFileSync(file, text);
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error(`${file} differs from the declarations: run \`npm run docs:configuration\``);
  process.exitCode = 1;
}
