import { existsSync, readdirSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program';
import { documentsBelow, readDocument, ROOT as root } from '../support/documents';
import { anchorOf, headingsIn } from '../support/markdown';

const read = (path: string): string => readDocument(path).text;

const STAND_IN = 'oracle-stand-in/README.md';

const documents = ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', STAND_IN]
  .map(readDocument)
  .concat(documentsBelow('docs'))
  .map(({ path, text }) => [path, text] as const);

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && ['.ts', '.mjs', '.avsc', '.sql'].includes(extname(file.name)))
    .map((file) => join(relative(root, file.parentPath), file.name));

const services = ['shared', 'services'].flatMap(filesIn).map(read).join('\n');
/** The code that prints names of documents. */
const printing = [
  ...['shared', 'services', 'cli', 'migrations', 'schemas', 'scripts', 'deploy'].flatMap(filesIn),
  'docker-compose.yml',
  'package.json',
]
  .map(read)
  .join('\n');
/** The sources of every name that a document may use. */
const sources = [
  services,
  ...['cli', 'migrations', 'schemas', 'scripts', 'deploy'].flatMap(filesIn).map(read),
  ...['package.json', 'docker-compose.yml', 'Dockerfile', 'test/support/test-engines.ts'].map(read),
]
  .join('\n')
  .toUpperCase();

/**
 * The words of Oracle that the stand-in reads, and that its tests send. */
const readsOracle = filesIn('oracle-stand-in').map(read).join('\n').toUpperCase();

/** Oracle's own vocabulary: packages and procedures, columns of its views, keywords of connect
 * descriptors.
 */
const ORACLES_WORDS =
  /^(CLIENT_IDENTIFIER|EXPIRE_TIME|BLOCKING_SESSION|DBMS_MONITOR|SERV_MOD_ACT_TRACE_ENABLE|DBMS_STATS|LOCK_TABLE_STATS|TRANSPORT_CONNECT_TIMEOUT|ADDRESS_LIST|LOAD_BALANCE|CONNECT_DATA|RETRY_COUNT|NLS_DATE_FORMAT|RETRY_DELAY|SERVICE_NAME|CONNECT_TIMEOUT)$/;

const anchorsOf = (text: string): readonly string[] => headingsIn(text).map(({ title }) => anchorOf(title));

describe.each(documents)('%s', (path, text) => {
  it('has links that lead somewhere', () => {
    const broken = [...text.matchAll(/\]\(([^)]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const at = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(root, at))) return true;
        return anchor !== undefined && !anchorsOf(read(at)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('names files of the repository that exist', () => {
    const named = [
      ...text.matchAll(
        /(?<![\w/-])(?:test|shared|oracle-stand-in|services|scripts|migrations|schemas|cli|docs|deploy)\/[\w./-]*\w\.\w+/g,
      ),
    ];
    expect(named.map(([file]) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('names codes, variables, tables and columns that exist', () => {
    const named = new Set(
      [...text.matchAll(/(?<![\w…$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w…])/g)].map(([name]) => name),
    );
    // secrets also come from files (…_FILE), and a primary key is named after its table
    const ours = [...named].filter((name) => !ORACLES_WORDS.test(name));
    const known = path === STAND_IN ? sources + readsOracle : sources;
    expect(ours.filter((name) => !known.includes(name.replace(/_(FILE|PK)$/, '')))).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('shows commands of sms-bridge that exist, with options that they have', () => {
    const shown = [...text.matchAll(/(?:sms-bridge|dist\/cli\/main\.js) ([a-z][^`#\n]*)/g)]
      .map(([, words]) => words!.trim().split(/\s+/))
      .filter(([first]) => first !== undefined && /^[a-z-]+$/.test(first));
    expect(shown.map((words) => problemOf(words)).filter(Boolean)).toEqual([]);
  });
});

/** Returns the problem of the words after `sms-bridge`, or undefined. */
const problemOf = (words: readonly string[]): string | undefined => {
  let command: Command = createProgram([]);
  const rest = [...words];
  while (command.commands.length > 0) {
    const found = command.commands.find((child) => child.name() === rest[0]);
    if (found === undefined) return `no command ${words.join(' ')}`;
    command = found;
    rest.shift();
    if (rest.length === 0) break;
  }
  const options = rest.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=')[0]);
  const unknown = options.filter((option) => !command.options.some(({ long }) => long === option));
  return unknown.length === 0 ? undefined : `${words.join(' ')}: no option ${unknown.join(', ')}`;
};

describe('the documents that the code names', () => {
  const named = new Set(
    [...printing.matchAll(/(?:docs\/[\w/-]+|oracle-stand-in\/README)\.md(?:#[\w-]+)?/g)].map(([name]) => name),
  );

  it('exist, with the named section', () => {
    expect(named.size).toBeGreaterThan(10);
    const missing = [...named].filter((name) => {
      const [path = '', anchor] = name.split('#');
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf(read(path)).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  it('include the runbook of an offset outside the log where reading stops', () => {
    const stops = read('shared/kafka/kafkajs/reading-positions.ts');
    expect(stops.match(/see docs\/runbooks\/offset-out-of-range\.md/g)).toHaveLength(2);
  });
});

describe('metrics', () => {
  const declared = new Set(
    [...services.matchAll(/\b(?:counter|gauge|sizes|seconds)\(\s*'(sms_\w+)'/g)].map(([, name]) => name!),
  );
  const namedIn = (text: string): readonly string[] => [
    ...new Set(
      [...text.matchAll(/\bsms_(?:service|producer|relay|collector|archiver|simulator)_\w+/g)].map(([name]) => name),
    ),
  ];

  it('are exactly those that docs/operate/watch.md lists', () => {
    expect(declared.size).toBeGreaterThan(20);
    expect([...namedIn(read('docs/operate/watch.md'))].sort()).toEqual([...declared].sort());
  });

  it.each(documents)('of %s exist', (_, text) => {
    expect(namedIn(text).filter((name) => !declared.has(name))).toEqual([]);
  });
});
