import { OracleError } from './oracle-error';
import { behindBracket, isSymbol, isWord, type Token } from './tokens';

/** Words of storage and constraint state, with one value or alone. */
const WITH_VALUE = ['TABLESPACE', 'INITRANS', 'MAXTRANS', 'PCTFREE', 'PCTUSED', 'COMPRESS', 'PARALLEL', 'DEGREE'];
const ALONE = [
  'ENABLE',
  'DISABLE',
  'VALIDATE',
  'NOVALIDATE',
  'RELY',
  'NORELY',
  'LOGGING',
  'NOLOGGING',
  'NOCOMPRESS',
  'NOPARALLEL',
  'CACHE',
  'NOCACHE',
  'MONITORING',
  'ONLINE',
  'LOCAL',
  'REVERSE',
  'VISIBLE',
  'IMMEDIATE',
  'INITIALLY',
  'DEFERRABLE',
];

/** Removes clauses of storage and constraint state. Tablespaces must exist (ORA-00959). */
export const stripStorage = (tokens: readonly Token[], tablespaces: ReadonlySet<string>) => {
  const rest: Token[] = [];
  const named: string[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    const following = tokens[at + 1];
    if (isWord(token, 'TABLESPACE') && following !== undefined) {
      if (!tablespaces.has(following.value))
        throw new OracleError(959, `tablespace '${following.value}' does not exist`);
      named.push(following.value);
      at += 2;
    } else if (isWord(token, 'STORAGE') && isSymbol(following, '(')) at = behindBracket(tokens, at + 1);
    else if (isWord(token, 'USING') && isWord(following, 'INDEX')) {
      at += 2;
      if (isSymbol(tokens[at], '(')) at = behindBracket(tokens, at);
      else if (tokens[at]?.kind === 'word' && !isWord(tokens[at], ...WITH_VALUE, ...ALONE, 'STORAGE'))
        at += tokens[at + 1]?.text === '.' ? 3 : 1;
    } else if (isWord(token, ...WITH_VALUE) && (following?.kind === 'number' || following?.kind === 'word')) at += 2;
    else if (isWord(token, ...ALONE)) at += 1;
    else if (isWord(token, 'LOB') && isSymbol(following, '(')) {
      // LOB (…) STORE AS [SECUREFILE|BASICFILE] [name] (…): its tablespace counts too.
      let end = behindBracket(tokens, at + 1);
      while (end < tokens.length && !isSymbol(tokens[end], '(')) end += 1;
      const behind = behindBracket(tokens, end);
      named.push(...stripStorage(tokens.slice(end + 1, behind - 1), tablespaces).tablespaces);
      at = behind;
    } else {
      rest.push(token);
      at += 1;
    }
  }
  return { rest, tablespaces: named };
};
