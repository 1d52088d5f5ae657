import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export type SyntaxProblem = { readonly line: number; readonly column: number; readonly message: string };

/** Part of the cache's key, because another grammar gives other results. */
const GRAMMAR = '@griffithswaite/ts-plsql-parser 1.1.1';

const HERE = 'oracle-stand-in/grammar';

/** Returns the root of the repository, from the sources as well as from `dist`. */
const repository = (): string => {
  const root = join(__dirname, '..', '..');
  return existsSync(join(root, 'node_modules')) ? root : join(root, '..');
};

/** Returns the cache directory, creating it if necessary. */
export const cacheDirectory = (): string => {
  const modules = join(repository(), 'node_modules');
  const directory = join(existsSync(modules) ? join(modules, '.cache') : tmpdir(), 'sms-bridge-oracle-grammar');
  mkdirSync(directory, { recursive: true });
  return directory;
};

/**
 * Loads earlier results of the grammar, by the first 16 digits of their keys: none, or the first
 * problem (`key line:column message`). `npm run oracle:grammar` stores them in the repository,
 * because a fresh clone would parse unchanged texts for minutes. A changed text has another key.
 * GRAMMAR_AFRESH=1 ignores them.
 */
const parsedBefore = (): ReadonlyMap<string, readonly SyntaxProblem[]> => {
  if (process.env.GRAMMAR_AFRESH) return new Map();
  const lines = readFileSync(join(repository(), HERE, 'parsed-before.txt'), 'utf8').split('\n');
  return new Map(
    lines.map((line) => {
      const [, key = '', at, column, message = ''] = /^(\w+)(?: (\d+):(\d+) (.*))?$/.exec(line) ?? [];
      return [key, at === undefined ? [] : [{ line: Number(at), column: Number(column), message }]];
    }),
  );
};

type Answer = { readonly id: number; readonly problems: readonly SyntaxProblem[] };

const openParser = () => {
  let worker: Worker | undefined;
  let next = 0;
  const waiting = new Map<
    number,
    { resolve: (problems: readonly SyntaxProblem[]) => void; reject: (error: Error) => void }
  >();
  const start = (): Worker => {
    const started = new Worker(join(repository(), HERE, 'parse-worker.mjs'));
    started.on('message', ({ id, problems }: Answer) => {
      waiting.get(id)?.resolve(problems);
      waiting.delete(id);
      // The worker keeps the process alive only while a result is pending.
      if (waiting.size === 0) started.unref();
    });
    started.on('error', (error: Error) => {
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  };
  return (sql: string): Promise<readonly SyntaxProblem[]> =>
    new Promise((resolve, reject) => {
      worker ??= start();
      worker.ref();
      next += 1;
      waiting.set(next, { resolve, reject });
      worker.postMessage({ id: next, sql });
    });
};

/**
 * Creates a parser that caches its results on disk by text. Several processes may share the
 * directory, because each result is written atomically.
 */
export const createPlsqlParser = (directory = cacheDirectory()) => {
  const parse = openParser();
  const before = parsedBefore();
  const known = new Map<string, Promise<readonly SyntaxProblem[]>>();
  const load = async (sql: string): Promise<readonly SyntaxProblem[]> => {
    const key = createHash('sha256').update(GRAMMAR).update('\0').update(sql).digest('hex');
    const found = before.get(key.slice(0, 16));
    if (found !== undefined) return found;
    const file = join(directory, `${key}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as readonly SyntaxProblem[];
    const problems = await parse(sql);
    const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    writeFileSync(draft, JSON.stringify(problems));
    renameSync(draft, file);
    return problems;
  };
  return (sql: string): Promise<readonly SyntaxProblem[]> => {
    const found = known.get(sql) ?? load(sql);
    known.set(sql, found);
    return found;
  };
};
