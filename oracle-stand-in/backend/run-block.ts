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

/** Runs the steps of a simple block in order. */
const interpret =
  (tokens: readonly Token[]): BlockHandler =>
  async (call: BlockCall): Promise<BlockOutput> => {
    const block = parseBlock(tokens);
    const values = new Map<string, BlockValue>(call.binds);
    const out: Record<string, BlockValue | OpenedCursor> = {};
    let rowcount = 0;
    const assign = (name: string, value: BlockValue): void => {
      values.set(name, value);
      out[name] = value;
    };
    const run = async (step: BlockStep): Promise<void> => {
      switch (step.kind) {
        case 'sql': {
          const targets = intoTokens(step.tokens);
          const sent = valuesFor(step.tokens, values).slice(0, -targets.length || undefined);
          const { rows, count } = await call.oracle(sqlOf(step.tokens), sent);
          rowcount = count;
          for (const [at, target] of targets.entries()) assign(target.value, rows[0]?.[at] ?? null);
          return;
        }
        case 'assign': {
          if (step.expression === 'rowcount') return assign(step.target, String(rowcount));
          const { rows } = await call.oracle(
            `SELECT ${sqlOf(step.expression)} FROM DUAL`,
            valuesFor(step.expression, values),
          );
          return assign(step.target, rows[0]?.[0] ?? null);
        }
        case 'select': {
          const { rows } = await call.oracle(sqlOf(step.tokens), valuesFor(step.tokens, values));
          if (rows.length === 0) throw new OracleError(1403, 'no data found');
          if (rows.length > 1) throw new OracleError(1422, 'exact fetch returns more than requested number of rows');
          for (const [at, target] of step.targets.entries()) assign(target, rows[0]?.[at] ?? null);
          rowcount = 1;
          return;
        }
        case 'immediate':
          rowcount = (
            await call.oracle(
              step.sql,
              step.using.map((name) => values.get(name) ?? null),
            )
          ).count;
          return;
        case 'open':
          out[step.target] = { cursor: sqlOf(step.tokens), values: valuesFor(step.tokens, values) };
          return;
        case 'raise': {
          const { rows } = await call.oracle(
            `SELECT ${sqlOf(step.message)} FROM DUAL`,
            valuesFor(step.message, values),
          );
          throw new OracleError(step.number, String(rows[0]?.[0] ?? ''));
        }
        case 'if': {
          const { rows } = await call.oracle(
            `SELECT CASE WHEN ${sqlOf(step.condition)} THEN 1 ELSE 0 END FROM DUAL`,
            valuesFor(step.condition, values),
          );
          if (rows[0]?.[0] === '1') for (const inner of step.steps) await run(inner);
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
    try {
      const { loop } = block;
      const found =
        loop === undefined ? undefined : await call.oracle(sqlOf(loop.query), valuesFor(loop.query, values));
      for (const row of found?.rows ?? [undefined]) {
        for (const [at, column] of (loop?.columns ?? []).entries()) values.set(column, row?.[at] ?? null);
        for (const step of block.steps) await run(step);
      }
    } catch (error) {
      const swallowed =
        error instanceof OracleError && (block.ignored === 'all' || block.ignored.includes(error.number));
      if (!swallowed) throw error;
    }
    return out;
  };

/** Returns the handler registered for a block's text, or the interpreter of simple blocks. */
export const blockHandlerFor = (
  sql: string,
  tokens: readonly Token[],
  blocks: ReadonlyMap<string, BlockHandler>,
): BlockHandler => blocks.get(toNormalText(sql)) ?? interpret(tokens);
