import { notSupported } from './oracle-error';
import { behindBracket, findOutside, isSymbol, isWord, splitOutside, type Token } from './tokens';

/** One step of a simple anonymous block. */
export type BlockStep =
  | { readonly kind: 'sql'; readonly tokens: readonly Token[] }
  | { readonly kind: 'assign'; readonly target: string; readonly expression: readonly Token[] | 'rowcount' }
  | { readonly kind: 'select'; readonly tokens: readonly Token[]; readonly targets: readonly string[] }
  | { readonly kind: 'immediate'; readonly sql: string; readonly using: readonly string[] }
  | { readonly kind: 'open'; readonly target: string; readonly tokens: readonly Token[] }
  | { readonly kind: 'raise'; readonly number: number; readonly message: readonly Token[] }
  | { readonly kind: 'if'; readonly condition: readonly Token[]; readonly steps: readonly BlockStep[] }
  | { readonly kind: 'commit' | 'rollback' | 'nothing' };

export type Block = {
  readonly steps: readonly BlockStep[];
  /** Errors that the block ignores (`… IF SQLCODE != -942 THEN RAISE`), or all of them. */
  readonly ignored: readonly number[] | 'all';
  /**
   * Set when the steps are the body of one loop over a query (`FOR r IN (SELECT …) LOOP`). Its
   * columns appear in them as binds `r.column`.
   */
  readonly loop?: { readonly query: readonly Token[]; readonly columns: readonly string[] };
};

const bindOf = (token: Token | undefined): string => {
  if (token?.kind !== 'bind') throw notSupported('this PL/SQL: register a handler for its text');
  return token.value;
};

const stepOf = (tokens: readonly Token[]): BlockStep => {
  const [first, second] = tokens;
  if (first === undefined || isWord(first, 'NULL')) return { kind: 'nothing' };
  if (isWord(first, 'COMMIT')) return { kind: 'commit' };
  if (isWord(first, 'ROLLBACK')) return { kind: 'rollback' };
  if (first.kind === 'bind' && isSymbol(second, ':=')) {
    const expression = tokens.slice(2);
    const rowcount = isWord(expression[0], 'SQL') && isWord(expression[2], 'ROWCOUNT') && expression.length === 3;
    return { kind: 'assign', target: first.value, expression: rowcount ? 'rowcount' : expression };
  }
  if (isWord(first, 'EXECUTE') && isWord(second, 'IMMEDIATE') && tokens[2]?.kind === 'string') {
    return {
      kind: 'immediate',
      sql: tokens[2].value,
      using: isWord(tokens[3], 'USING') ? splitOutside(tokens.slice(4)).map(([bind]) => bindOf(bind)) : [],
    };
  }
  if (isWord(first, 'OPEN') && isWord(tokens[2], 'FOR'))
    return { kind: 'open', target: bindOf(second), tokens: tokens.slice(3) };
  if (isWord(first, 'RAISE_APPLICATION_ERROR')) {
    const [number = [], message = []] = splitOutside(tokens.slice(2, -1));
    return { kind: 'raise', number: Number(number.at(-1)?.value), message };
  }
  if (isWord(first, 'SELECT')) {
    const into = findOutside(tokens, 0, (token) => isWord(token, 'INTO'));
    const from = findOutside(tokens, into, (token) => isWord(token, 'FROM'));
    const targets = splitOutside(tokens.slice(into + 1, from)).map(([bind]) => bindOf(bind));
    return { kind: 'select', tokens: [...tokens.slice(0, into), ...tokens.slice(from)], targets };
  }
  if (isWord(first, 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'LOCK')) return { kind: 'sql', tokens };
  throw notSupported('this PL/SQL: register a handler for its text');
};

/**
 * Parses a sequence of statements, with `IF condition THEN statements END IF` among them, but
 * without ELSE and nested IFs.
 */
const stepsOf = (body: readonly Token[]): readonly BlockStep[] => {
  const steps: BlockStep[] = [];
  const parts = splitOutside(body, ';');
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at]!;
    if (!isWord(part[0], 'IF')) {
      steps.push(stepOf(part));
      continue;
    }
    const then = findOutside(part, 0, (token) => isWord(token, 'THEN'));
    const end = parts.findIndex(([first, second], index) => index > at && isWord(first, 'END') && isWord(second, 'IF'));
    if (end < 0) throw notSupported('this PL/SQL: register a handler for its text');
    const inner = [part.slice(then + 1), ...parts.slice(at + 1, end)];
    steps.push({ kind: 'if', condition: part.slice(1, then), steps: inner.map(stepOf) });
    at = end;
  }
  return steps;
};

/** Parses `WHEN OTHERS THEN NULL` or `… IF SQLCODE != -942 [AND …] THEN RAISE; END IF`. */
const ignoredBy = (handler: readonly Token[]): Block['ignored'] => {
  if (handler.some((token) => isWord(token, 'RAISE'))) {
    const codes = handler.filter(({ kind }) => kind === 'number').map(({ value }) => Number(value));
    if (codes.length > 0 && isWord(handler[3], 'IF')) return codes;
  } else if (isWord(handler[1], 'OTHERS') && isWord(handler[3], 'NULL')) return 'all';
  throw notSupported('this exception handler: register a handler for the block');
};

/** Parses a block that is one loop over a query. */
const parseLoop = (body: readonly Token[]): Block => {
  const record = body[1]!;
  const behind = behindBracket(body, 3);
  if (
    !isSymbol(body[3], '(') ||
    !isWord(body[behind], 'LOOP') ||
    !isWord(body.at(-3), 'END') ||
    !isWord(body.at(-2), 'LOOP')
  )
    throw notSupported('this PL/SQL: register a handler for its text');
  const query = body.slice(4, behind - 1);
  const selected = query.slice(
    1,
    findOutside(query, 0, (token) => isWord(token, 'FROM')),
  );
  const columns = splitOutside(selected).map((tokens) => `${record.value}.${tokens.at(-1)?.value}`);
  const inner: Token[] = [];
  for (let at = behind + 1; at < body.length - 3; at += 1) {
    const token = body[at]!;
    const isColumn = token.kind === 'word' && token.value === record.value && isSymbol(body[at + 1], '.');
    inner.push(
      isColumn
        ? {
            ...token,
            kind: 'bind',
            value: `${record.value}.${body[at + 2]!.value}`,
            text: `:${record.value}_${body[at + 2]!.value}`,
          }
        : token,
    );
    if (isColumn) at += 2;
  }
  return { steps: splitOutside(inner, ';').map(stepOf), ignored: [], loop: { query, columns } };
};

/**
 * Parses a block of statements in sequence, or of one loop. Blocks with declarations, ELSE or more
 * loops need a registered handler.
 */
export const parseBlock = (tokens: readonly Token[]): Block => {
  const end = tokens.at(-1);
  const last = isSymbol(end, ';') ? tokens.length - 2 : tokens.length - 1;
  if (!isWord(tokens[0], 'BEGIN') || !isWord(tokens[last], 'END'))
    throw notSupported('this PL/SQL: register a handler for its text');
  const body = tokens.slice(1, last);
  if (isWord(body[0], 'FOR') && isWord(body[2], 'IN')) return parseLoop(body);
  const exception = body.findIndex((token) => isWord(token, 'EXCEPTION'));
  const steps = stepsOf(exception < 0 ? body : body.slice(0, exception));
  return { steps, ignored: exception < 0 ? [] : ignoredBy(body.slice(exception + 1)) };
};
