/** The rooms of a service; a file beside them is a use case. */
export const ROOMS = ['main', 'config', 'wiring', 'sql', 'kafka', 'http', 'core'] as const;

/** The place of a file, or `package` for a library, a driver or a module of Node. */
export type Place =
  | (typeof ROOMS)[number]
  | 'use case'
  | 'pure shared'
  | 'other shared'
  | 'migrations'
  | 'cli'
  | 'oracle-stand-in'
  | 'test'
  | 'package';

/**
 * The rooms of `shared`, from the ground up (`.`: its own files). Each imports only those below it.
 */
export const FLOORS: readonly string[] = [
  '.',
  'timing',
  'tls',
  'kafka',
  'avro',
  'sms',
  'ledger',
  'exchange',
  'faults',
  'config',
  'database',
  'kafka/kafkajs',
  'accounts',
  'http',
  'service',
];

/**
 * Modules of `shared` without effects, state, clock or randomness: core and use cases may call
 * them.
 */
export const PURE_SHARED: readonly string[] = [
  'errors',
  'error-codes',
  'result',
  'event-id',
  'trace-context',
  'sms',
  'ledger',
  'exchange/exchange-mapping',
  'faults/judge-fault',
  'faults/explain-fault',
  'faults/column-problems',
  'kafka/ports',
  'faults/set-aside',
  'timing/backoff',
  'timing/bisect',
  'timing/poll',
  'timing/regulator',
  'timing/retry',
];

type Allowed = '✓' | 'types' | '–';

/** The columns of the table in CONTRIBUTING.md, with the places that each covers. */
export const COLUMNS: readonly (readonly [title: string, places: readonly Place[]])[] = [
  ['core', ['core']],
  ['use case', ['use case']],
  ['sql, kafka, http', ['sql', 'kafka', 'http']],
  ['config', ['config']],
  ['wiring', ['wiring']],
  ['pure shared', ['pure shared']],
  ['other shared', ['other shared']],
  ['packages, node:*', ['package']],
];

/**
 * The rooms of a service and the columns that each may import. A room of one technology does not
 * import that of another.
 */
export const ROWS: readonly (readonly [places: readonly Place[], allowed: readonly Allowed[]])[] = [
  [['core'], ['✓', '–', '–', '–', '–', '✓', 'types', '–']],
  [['use case'], ['✓', '✓', '–', '–', '–', '✓', 'types', '–']],
  [
    ['sql', 'kafka', 'http'],
    ['types', 'types', '✓', '–', '–', '✓', '✓', '✓'],
  ],
  [['config'], ['–', '–', '–', '✓', '–', '✓', '✓', '–']],
  [
    ['wiring', 'main'],
    ['✓', '✓', '✓', '✓', '✓', '✓', '✓', '✓'],
  ],
];

/** Returns the table as CONTRIBUTING.md shows it. */
export const toTable = (): string =>
  [
    `| from ↓ may import → | ${COLUMNS.map(([title]) => title).join(' | ')} |`,
    `|---|${COLUMNS.map(() => '---|').join('')}`,
    ...ROWS.map(([places, allowed]) => `| ${places.join(', ')} | ${allowed.join(' | ')} |`),
  ].join('\n');

/**
 * Returns how files of one service name a place: from its rooms (`..`), or from its use cases and
 * its config (`.`).
 */
const patternsOf = (place: Place, base: '.' | '..'): readonly string[] => {
  if (place === 'package') return ['*', '!.', '!..', '!./**', '!../**'];
  if (place === 'use case') return [`${base}/*`, `!${base}/config`];
  return place === 'config' ? [`${base}/config`] : [`${base}/${place}/**`];
};

const FOLDERS: Partial<Record<Place, readonly string[]>> = {
  config: ['services/*/config.ts'],
  'use case': ['services/*/*.ts', '!services/*/config.ts', '!services/*/main.ts'],
};

/**
 * Returns the part of the table that biome.json can express, so that an editor shows it: places of
 * which not even types may be imported.
 */
export const toLintOverrides = () =>
  ROWS.flatMap(([places, allowed]) => places.map((place) => ({ place, allowed })))
    .filter(({ allowed }) => allowed.includes('–'))
    .map(({ place, allowed }) => {
      const base = place in FOLDERS ? '.' : '..';
      const patterns = COLUMNS.filter((_, index) => allowed[index] === '–').map(([title, places]) => ({
        group: places.flatMap((target) => patternsOf(target, base)),
        message: `${place} does not import ${title} (Walls in CONTRIBUTING.md)`,
      }));
      return {
        includes: FOLDERS[place] ?? [`services/*/${place}/**`],
        linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns } } } } },
      };
    });
