import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

const ROOT = join(__dirname, '../..');
const ROOMS = ['cli', 'migrations', 'oracle-stand-in', 'services', 'shared'];
/** The number of lines on a screen. */
const MAX_LINES = 70;
const FUNCTION =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|MethodProperty|ClassMethod|Constructor)$/;
const REASON = /^\s*\/\/ long: \S/;

type Node = { readonly type?: string; readonly span?: { readonly start: number; readonly end: number } };

/** Returns all functions of a syntax tree by their positions in the text. */
const spansIn = (node: object, found: NonNullable<Node['span']>[] = []): NonNullable<Node['span']>[] => {
  const { type = '', span } = node as Node;
  if (span && FUNCTION.test(type)) found.push(span);
  for (const inner of Object.values(node)) if (typeof inner === 'object' && inner !== null) spansIn(inner, found);
  return found;
};

/**
 * Returns the lines where functions begin that are longer than a screen, without a reason in the
 * comment above.
 */
const longFunctionsIn = (text: string): string[] => {
  const lines = text.split('\n');
  if (lines.length <= MAX_LINES) return [];
  const bytes = Buffer.from(text);
  const tree = parseSync(text, { syntax: 'typescript', target: 'es2022' });
  // swc counts bytes, and continues from one file to the next; the tree ends where the text does
  const offset = tree.span.end - bytes.length;
  const lineOf = (at: number): number =>
    bytes
      .subarray(0, at - offset)
      .toString()
      .split('\n').length - 1;
  const isExcused = (first: number): boolean => {
    let above = first - 1;
    while (/^\s*(\/\/|\/?\*)/.test(lines[above] ?? '') && !REASON.test(lines[above] ?? '')) above -= 1;
    return REASON.test(lines[above] ?? '');
  };
  const long = spansIn(tree)
    .map(({ start, end }) => ({ first: lineOf(start), last: lineOf(end) }))
    .filter(({ first, last }) => last - first + 1 > MAX_LINES && !isExcused(first));
  return [...new Set(long.map(({ first }) => lines[first]?.trim() ?? ''))];
};

const filesIn = (room: string): string[] =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(room, file))
    .sort();

describe('functions', () => {
  it('fit on a screen, or have a reason in the comment above', () => {
    const found = ROOMS.flatMap(filesIn).filter(
      (file) => longFunctionsIn(readFileSync(join(ROOT, file), 'utf8')).length > 0,
    );
    expect(found).toEqual([]);
  });

  it('are found at every position, after any other file', () => {
    const body = '\n  f();'.repeat(MAX_LINES);
    const texts = [
      `// 停电\nconst a = {\n  b: () => {${body}\n  },\n};`,
      `/** Does much. */\nexport function c() {${body}\n}`,
      `/** Does much. */\n// long: one table\nexport const d = async () => {${body}\n};`,
    ];
    expect(texts.map(longFunctionsIn)).toEqual([['b: () => {'], ['export function c() {'], []]);
  });
});
