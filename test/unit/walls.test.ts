import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const SERVICES = ['producer', 'exchange-relay', 'report-collector', 'archiver', 'gateway-simulator'];

/** Shared modules without effects, state, clock or randomness: `core` and use cases may call them. */
const PURE_SHARED = [
  'errors',
  'result',
  'event-id',
  'sms/',
  'exchange/exchange-names',
  'faults/judge-fault',
  'faults/explain-fault',
  'faults/column-problems',
  'kafka/ports',
  'lifecycle/adaptive-poll',
  'trace-context',
];

type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

const importsIn = (path: string, text: string): Import[] =>
  [...text.matchAll(/^(import|export)( type)?[^;]*?from '([^']+)';/gms)].map(([, , type, target]) => ({
    from: path,
    to: (target as string).startsWith('.') ? normalize(join(dirname(path), target as string)) : (target as string),
    typeOnly: type !== undefined,
  }));

const roomOf = (path: string): { readonly service: string; readonly room: string } => {
  const [, service = '', room = ''] = path.split('/');
  if (room === 'core' || room === 'adapters') return { service, room };
  const file = room.replace(/\.ts$/, '');
  return {
    service,
    room: file === 'main' || file === 'config' || file.startsWith('start-') ? file.split('-')[0]! : 'use case',
  };
};

/** What an import breaks, or undefined. */
const breach = ({ from, to, typeOnly }: Import): string | undefined => {
  if (to.startsWith('test/')) return 'the product imports its tests';
  if (from.startsWith('cli/')) return undefined;
  if (to.startsWith('cli/')) return 'what the command line uses knows it';
  if (from.startsWith('migrations/'))
    return /^services\/(?!shared\/)/.test(to) ? 'migrations know a service' : undefined;
  const at = roomOf(from);
  if (at.service === 'shared') {
    return SERVICES.some((name) => to.startsWith(`services/${name}/`)) ? 'shared code knows a service' : undefined;
  }
  const target = to.startsWith('services/') ? roomOf(to) : undefined;
  if (target && target.service !== at.service && target.service !== 'shared')
    return 'a service imports another service';
  if (typeOnly || ['main', 'start', 'adapters'].includes(at.room)) return undefined;
  const shared = to.replace(/^services\/shared\//, '');
  if (at.room === 'config')
    return shared.startsWith('config/') || target?.service === at.service
      ? undefined
      : 'config imports more than config';
  if (target === undefined) return `${at.room} imports a driver or Node itself`;
  if (target.service === 'shared') {
    return PURE_SHARED.some((pure) => shared === pure || (pure.endsWith('/') && shared.startsWith(pure)))
      ? undefined
      : `${at.room} imports a shared part with effects`;
  }
  if (target.room === 'adapters') return `${at.room} imports an adapter`;
  return at.room === 'core' && target.room !== 'core' ? 'core imports what is not core' : undefined;
};

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(ROOT, join(file.parentPath, file.name)));

describe('the import walls', () => {
  it('stand', () => {
    const imports = ['services', 'migrations', 'cli']
      .flatMap(filesIn)
      .flatMap((path) => importsIn(path, readFileSync(join(ROOT, path), 'utf8')));
    expect(imports.length).toBeGreaterThan(100);
    const breaches = imports.flatMap((found) => {
      const problem = breach(found);
      return problem === undefined ? [] : [`${found.from}: ${problem} (${found.to})`];
    });
    expect(breaches).toEqual([]);
  });

  it.each([
    ['archiver/core/a.ts', "import { readFileSync } from 'node:fs';", 'core imports a driver or Node itself'],
    ['archiver/core/a.ts', "import { b } from '../adapters/b';", 'core imports an adapter'],
    ['archiver/core/a.ts', "import { b } from '../archive';", 'core imports what is not core'],
    [
      'archiver/core/a.ts',
      "import { b } from '../../shared/database/transaction';",
      'core imports a shared part with effects',
    ],
    ['archiver/archive.ts', "import {\n  b,\n} from './adapters/b';", 'use case imports an adapter'],
    ['archiver/archive.ts', "import pg from 'pg';", 'use case imports a driver or Node itself'],
    ['archiver/adapters/a.ts', "import type { B } from '../../producer/core/b';", 'a service imports another service'],
    ['archiver/config.ts', "import { b } from '../shared/kafka/ports';", 'config imports more than config'],
    ['shared/sms/a.ts', "import { b } from '../../producer/core/b';", 'shared code knows a service'],
    ['archiver/core/a.ts', "import type { B } from '../../shared/kafka/ports';", undefined],
    ['archiver/core/a.ts', "import { eventId } from '../../shared/event-id';", undefined],
    ['archiver/main.ts', "import { b } from './adapters/b';", undefined],
    ['archiver/adapters/a.ts', "import { b } from '../../../cli/b';", 'what the command line uses knows it'],
    ['shared/sms/a.ts', "import type { B } from '../../../test/b';", 'the product imports its tests'],
  ])('%s: %s → %s', (path, text, problem) => {
    expect(importsIn(`services/${path}`, text).map(breach)).toEqual([problem]);
  });
});
