import { OracleError } from '../sql/oracle-error';
import { type BlockStep, parseBlock } from '../sql/parse-block';
import { type Token, toNormalText } from '../sql/tokens';
import type { BlockCall, BlockHandler, BlockOutput, BlockValue, OpenedCursor } from './server-world';

const sqlOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');

/** Returns the values of the binds in a piece of the block, in the order of their positions. */
const valuesFor = (tokens: readonly Token[], values: ReadonlyMap<string, BlockValue>): BlockValue[] =>
  tokens.filter(({ kind }) => kind === 'bind').map(({ value }) => values.get(value) ?? null);

const intoTokens = (tokens: readonly Token[]): readonly Token[] => {
  const at = tokens.findIndex((token) => token.kind === 'word' && token.value === 'RETURNING');
  const into = tokens.findIndex((token, index) => index > at && token.kind === 'word' && token.value === 'INTO');
  return at < 0 || into < 0 ? [] : tokens.slice(into + 1).filter(({ kind }) => kind === 'bind');
};

/** A block that runs: its variables, and what it gives back. */
type Run = {
  readonly call: BlockCall;
  readonly values: Map<string, BlockValue>;
  readonly out: Record<string, BlockValue | OpenedCursor>;
  /** SQL%ROWCOUNT */
  rowcount: number;
};

const assign = ({ values, out }: Run, name: string, value: BlockValue): void => {
  values.set(name, value);
  out[name] = value;
};

const evaluate = async ({ call, values }: Run, expression: string, tokens: readonly Token[]): Promise<BlockValue> => {
  const { rows } = await call.oracle(`SELECT ${expression} FROM DUAL`, valuesFor(tokens, values));
  return rows[0]?.[0] ?? null;
};

const runStep = async (run: Run, step: BlockStep): Promise<void> => {
  const { call, values } = run;
  switch (step.kind) {
    case 'sql': {
      const targets = intoTokens(step.tokens);
      const sent = valuesFor(step.tokens, values).slice(0, -targets.length || undefined);
      const { rows, count } = await call.oracle(sqlOf(step.tokens), sent);
      run.rowcount = count;
      for (const [at, target] of targets.entries()) assign(run, target.value, rows[0]?.[at] ?? null);
      return;
    }
    case 'assign': {
      const { expression, target } = step;
      if (expression === 'rowcount') return assign(run, target, String(run.rowcount));
      return assign(run, target, await evaluate(run, sqlOf(expression), expression));
    }
    case 'select': {
      const { rows } = await call.oracle(sqlOf(step.tokens), valuesFor(step.tokens, values));
      if (rows.length === 0) throw new OracleError(1403, 'no data found');
      if (rows.length > 1) throw new OracleError(1422, 'exact fetch returns more than requested number of rows');
      for (const [at, target] of step.targets.entries()) assign(run, target, rows[0]?.[at] ?? null);
      run.rowcount = 1;
      return;
    }
    case 'immediate': {
      const sent = step.using.map((name) => values.get(name) ?? null);
      run.rowcount = (await call.oracle(step.sql, sent)).count;
      return;
    }
    case 'open':
      run.out[step.target] = { cursor: sqlOf(step.tokens), values: valuesFor(step.tokens, values) };
      return;
    case 'raise':
      throw new OracleError(step.number, String((await evaluate(run, sqlOf(step.message), step.message)) ?? ''));
    case 'if': {
      const met = await evaluate(run, `CASE WHEN ${sqlOf(step.condition)} THEN 1 ELSE 0 END`, step.condition);
      if (met === '1') for (const inner of step.steps) await runStep(run, inner);
      return;
    }
    case 'commit':
      return call.commit();
    case 'rollback':
      return call.rollback();
    default:
      return;
  }
};

/** Runs the steps of a simple block in order. */
const interpret =
  (tokens: readonly Token[]): BlockHandler =>
  async (call: BlockCall): Promise<BlockOutput> => {
    const block = parseBlock(tokens);
    const run: Run = { call, values: new Map<string, BlockValue>(call.binds), out: {}, rowcount: 0 };
    try {
      const { loop } = block;
      const found =
        loop === undefined ? undefined : await call.oracle(sqlOf(loop.query), valuesFor(loop.query, run.values));
      for (const row of found?.rows ?? [undefined]) {
        for (const [at, column] of (loop?.columns ?? []).entries()) run.values.set(column, row?.[at] ?? null);
        for (const step of block.steps) await runStep(run, step);
      }
    } catch (error) {
      const swallowed =
        error instanceof OracleError && (block.ignored === 'all' || block.ignored.includes(error.number));
      if (!swallowed) throw error;
    }
    return run.out;
  };

/** Returns the handler registered for a block's text, or the interpreter of simple blocks. */
export const blockHandlerFor = (
  sql: string,
  tokens: readonly Token[],
  blocks: ReadonlyMap<string, BlockHandler>,
): BlockHandler => blocks.get(toNormalText(sql)) ?? interpret(tokens);
