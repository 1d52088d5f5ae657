import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { COLUMNS, FLOORS, type Place, PURE_SHARED, ROOMS, ROWS, toLintOverrides, toTable } from './walls';

const ROOT = join(__dirname, '..', '..');

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

const importsIn = (path: string, text: string): Import[] =>
  [...text.matchAll(/^(?:import|export)( type)?\b[^;]*?from '([^']+)';/gms)].map(([statement, type, target = '']) => ({
    from: path,
    to: target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
    typeOnly: type !== undefined || /^\w+ \{(\s*type \w+( as \w+)?,?)+\s*\} from/.test(statement),
  }));

const isPure = (path: string): boolean =>
  PURE_SHARED.some(
    (pure) => [`shared/${pure}`, `shared/${pure}.ts`].includes(path) || path.startsWith(`shared/${pure}/`),
  );

const TOPS: readonly Place[] = ['migrations', 'cli', 'oracle-stand-in', 'test'];

const placeOf = (path: string): Place => {
  const [top = '', , room = ''] = path.split('/');
  if (top === 'services') return ROOMS.find((name) => name === room.replace(/\.ts$/, '')) ?? 'use case';
  if (top === 'shared') return isPure(path) ? 'pure shared' : 'other shared';
  return TOPS.find((name) => name === top) ?? 'package';
};

const serviceOf = (path: string): string | undefined => (path.startsWith('services/') ? path.split('/')[1] : undefined);

/** The last match is the most specific: kafka/kafkajs is above kafka. */
const floorOf = (path: string): number => {
  const file = path.replace(/^shared\//, '');
  const holds = (floor: string): boolean => (floor === '.' ? !file.includes('/') : file.startsWith(`${floor}/`));
  return FLOORS.findLastIndex(holds);
};

const TECHNOLOGIES: readonly Place[] = ['sql', 'kafka', 'http'];

const breachInService = ({ from, to, typeOnly }: Import): string | undefined => {
  const [at, target] = [placeOf(from), placeOf(to)];
  if (serviceOf(to) !== undefined && serviceOf(to) !== serviceOf(from)) return 'a service imports another service';
  if (TECHNOLOGIES.includes(at) && TECHNOLOGIES.includes(target) && at !== target) return `${at} imports ${target}`;
  const column = COLUMNS.findIndex(([, places]) => places.includes(target));
  const allowed = ROWS.find(([places]) => places.includes(at))?.[1][column];
  if (allowed === '✓' || (allowed === 'types' && typeOnly)) return undefined;
  return `${at} imports ${target}${allowed === 'types' ? ', and not only types' : ''}`;
};

/** Returns the rule that an import breaks, or undefined. */
const breach = (found: Import): string | undefined => {
  const { from, to } = found;
  if (serviceOf(from) !== undefined) return breachInService(found);
  if (placeOf(to) === 'package') return undefined;
  const [top = '', under = ''] = [from.split('/')[0], to.split('/')[0]];
  if (top === 'shared' && under === 'shared')
    return floorOf(to) > floorOf(from) ? 'shared code imports a room above it' : undefined;
  const below: Readonly<Record<string, readonly string[]>> = {
    shared: [],
    migrations: ['migrations', 'shared'],
    cli: ['cli', 'migrations', 'services', 'shared'],
  };
  return below[top]?.includes(under) === false ? `${top} imports ${under}` : undefined;
};

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(ROOT, join(file.parentPath, file.name)));

const paths = ['shared', 'services', 'migrations', 'cli', 'oracle-stand-in'].flatMap(filesIn);
const imports = paths.flatMap((path) => importsIn(path, readFileSync(join(ROOT, path), 'utf8')));

/** Returns files that import each other, types included, one circle after the other. */
const circlesIn = (all: readonly Import[]): readonly (readonly string[])[] => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of all) targets.set(from, [...(targets.get(from) ?? []), `${to}.ts`, `${to}/index.ts`]);
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path]);
    if (done.has(path) || way.includes(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return circles;
};

describe('the import walls', () => {
  it('hold', () => {
    expect(imports.length).toBeGreaterThan(1_000);
    const breaches = imports.flatMap((found) => {
      const problem = breach(found);
      return problem === undefined ? [] : [`${found.from}: ${problem} (${found.to})`];
    });
    expect(breaches).toEqual([]);
  });

  it('have no circles', () => {
    expect(circlesIn(imports)).toEqual([]);
    const circle = [
      { from: 'a.ts', to: 'b', typeOnly: true },
      { from: 'b.ts', to: 'a', typeOnly: false },
    ];
    expect(circlesIn(circle)).toEqual([['a.ts', 'b.ts', 'a.ts']]);
  });

  it('are those of CONTRIBUTING.md', () => {
    expect(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')).toContain(`\n${toTable()}\n`);
  });

  it('are those of biome.json, as far as its rule goes', () => {
    const { overrides } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as { overrides: unknown[] };
    expect(overrides).toEqual(expect.arrayContaining(toLintOverrides()));
  });

  it('give every room of shared a floor', () => {
    const without = paths.filter((path) => path.startsWith('shared/') && floorOf(path) < 0);
    expect(without).toEqual([]);
  });

  it.each([
    ['services/archiver/core/a.ts', "import { readFileSync } from 'node:fs';", 'core imports package'],
    ['services/archiver/core/a.ts', "import { b } from '../sql/b';", 'core imports sql'],
    ['services/archiver/core/a.ts', "import { b } from '../archive-batch';", 'core imports use case'],
    [
      'services/archiver/core/a.ts',
      "import { b } from '../../../shared/database/transaction';",
      'core imports other shared, and not only types',
    ],
    ['services/archiver/archive-batch.ts', "import {\n  b,\n} from './sql/b';", 'use case imports sql'],
    ['services/archiver/archive-batch.ts', "import pg from 'pg';", 'use case imports package'],
    [
      'services/archiver/sql/a.ts',
      "import type { B } from '../../producer/core/b';",
      'a service imports another service',
    ],
    ['services/archiver/sql/a.ts', "import { b } from '../core/b';", 'sql imports core, and not only types'],
    ['services/archiver/sql/a.ts', "import { type B, type C } from '../core/b';", undefined],
    ['services/archiver/sql/a.ts', "import type { B } from '../kafka/b';", 'sql imports kafka'],
    ['services/archiver/sql/a.ts', "import { b } from '../wiring/b';", 'sql imports wiring'],
    ['services/archiver/config.ts', "import { b } from './core/b';", 'config imports core'],
    ['services/archiver/core/a.ts', "import type { B } from '../../../shared/kafka/ports';", undefined],
    ['services/archiver/core/a.ts', "import { eventId } from '../../../shared/event-id';", undefined],
    ['services/archiver/wiring/a.ts', "import { b } from '../sql/b';", undefined],
    ['services/archiver/sql/a.ts', "import { b } from '../../../cli/b';", 'sql imports cli'],
    ['shared/sms/a.ts', "import { b } from '../../services/producer/core/b';", 'shared imports services'],
    ['shared/sms/a.ts', "import type { B } from '../database/b';", 'shared code imports a room above it'],
    ['shared/kafka/a.ts', "import type { B } from './kafkajs/b';", 'shared code imports a room above it'],
    ['shared/kafka/kafkajs/a.ts', "import type { B } from '../ports';", undefined],
    ['shared/sms/a.ts', "import type { B } from '../../test/b';", 'shared imports test'],
    ['migrations/a.ts', "import { b } from '../services/archiver/core/b';", 'migrations imports services'],
    ['cli/a.ts', "import { b } from '../oracle-stand-in/b';", 'cli imports oracle-stand-in'],
  ])('catch %s: %s → %s', (path, text, problem) => {
    expect(importsIn(path, text).map(breach)).toEqual([problem]);
  });
});
