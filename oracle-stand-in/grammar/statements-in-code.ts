import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

/** A text for Oracle in the product's code. */
export type StatementInCode = {
  /** `services/x/sql/y.ts:12` */
  readonly place: string;
  /** The text between the interpolated values (`${…}`). */
  readonly pieces: readonly string[];
};

/** Common properties of swc's nodes: https://swc.rs/docs/usage/core */
type Node = { readonly type: string; readonly span: { readonly start: number } } & Readonly<Record<string, unknown>>;
type Found = { readonly node: Node; readonly above: readonly Node[] };

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string';

const walk = (value: unknown, above: readonly Node[], visit: (found: Found) => void): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, above, visit);
  else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) visit({ node: value, above });
    for (const inner of Object.values(value)) walk(inner, isNode(value) ? [...above, value] : above, visit);
  }
};

const nameOf = (node: unknown): unknown =>
  (node as { value?: unknown; property?: { value?: unknown } } | undefined)?.value;

/**
 * Recognises the beginning of a statement. A list of privileges, such as `CREATE SESSION, CREATE
 * TABLE`, does not match.
 */
const STATEMENT =
  /^\s*(SELECT (?!ANY |\((?:[a-z_]+[,)]|$))|WITH \w+ AS|INSERT INTO|UPDATE (?!\()|DELETE FROM|MERGE INTO|(CREATE|ALTER|DROP)( OR REPLACE| GLOBAL| UNIQUE)* (TABLESPACE|TABLE|INDEX|VIEW|TRIGGER|ROLE|USER|SYNONYM|SEQUENCE|SESSION SET|SYSTEM SET)\s|GRANT [A-Z ,]+ (ON|TO) |REVOKE [A-Z ,]+ (ON|FROM) |LOCK TABLE|BEGIN\s|DECLARE\s)/;

/** Parsing takes the time: a file without any of these words holds no statement. */
const FIRST_WORD = /\b(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|CREATE|ALTER|DROP|GRANT|REVOKE|LOCK|BEGIN|DECLARE)\b/;

const piecesOf = ({ type, value, quasis }: Node): readonly string[] | undefined => {
  if (type === 'StringLiteral') return [value as string];
  return type === 'TemplateLiteral' ? (quasis as { cooked: string }[]).map(({ cooked }) => cooked) : undefined;
};

/**
 * Tells whether the text is for PostgreSQL only: on the `pg` side of a choice, an argument of
 * `query`, or in a constant that is used only there.
 */
const isForPostgres = ({ node, above }: Found, names: readonly Found[], seen: readonly unknown[] = []): boolean => {
  const chain = [...above, node];
  return chain.some((at, index) => {
    const parent = chain[index - 1];
    if (parent?.type === 'KeyValueProperty') return parent.value === at && nameOf(parent.key) === 'pg';
    if (parent?.type === 'CallExpression') {
      const [first] = parent.arguments as { expression: unknown }[];
      const callee = parent.callee as Node;
      return first?.expression === at && ['query', 'raw'].includes(String(nameOf(callee.property ?? callee)));
    }
    if (parent?.type !== 'VariableDeclarator' || parent.id === at) return false;
    const name = nameOf(parent.id);
    const uses = names.filter((found) => nameOf(found.node) === name && found.above.at(-1)?.id !== found.node);
    return !seen.includes(name) && uses.length > 0 && uses.every((use) => isForPostgres(use, names, [...seen, name]));
  });
};

const inFile = (root: string, file: string): readonly StatementInCode[] => {
  const source = readFileSync(join(root, file), 'utf8');
  if (!FIRST_WORD.test(source)) return [];
  const bytes = Buffer.from(source);
  const module = parseSync(source, { syntax: 'typescript' });
  const texts: Found[] = [];
  const names: Found[] = [];
  walk(module, [], (found) => {
    if (found.node.type === 'Identifier') names.push(found);
    else if (STATEMENT.test(piecesOf(found.node)?.[0] ?? '')) texts.push(found);
  });
  return (
    texts
      .filter((found) => !isForPostgres(found, names))
      .map(({ node }) => ({
        place: `${file}:${
          bytes
            .subarray(0, node.span.start - module.span.start)
            .toString()
            .split('\n').length
        }`,
        pieces: piecesOf(node) ?? [],
      }))
      // Excludes texts with PostgreSQL's binds and casts.
      .filter(({ pieces }) => !/\$\d|::/.test(pieces.join('')))
  );
};

/**
 * Finds every SQL text in these folders that is not for PostgreSQL only, by the syntax of the code
 * around it. A file `x.ts` next to `x-oracle.ts` belongs to PostgreSQL.
 */
export const findStatementsInCode = (root: string, folders: readonly string[]): readonly StatementInCode[] =>
  folders.flatMap((folder) => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    return files
      .filter((name) => !/-postgres\.ts$/.test(name) && !files.includes(name.replace(/\.ts$/, '-oracle.ts')))
      .sort()
      .flatMap((name) => inFile(root, join(folder, name)));
  });

const gaps = (pieces: readonly string[]): string =>
  pieces.map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^]*');

/** Tells whether the program may build this statement, or a query in it, from that text. */
export const isMadeOf = (sql: string, { pieces }: StatementInCode): boolean =>
  new RegExp(`^${gaps(pieces)}$`).test(sql) ||
  (/^\s*SELECT /.test(pieces[0] ?? '') && new RegExp(`[(\\s]${gaps(pieces.map((piece) => piece.trim()))}`).test(sql));
