import { notSupported } from '../sql/oracle-error';
import { isSymbol, isWord } from '../sql/tokens';
import { CompileError } from './compile-error';
import type { Block, Declaration, Parameter, PlsqlType, Subprogram } from './syntax-tree';
import { createTokenStream, type TokenStream } from './token-stream';

export type ParseBody = (stream: TokenStream) => Pick<Block, 'body' | 'handlers'>;

/**
 * Functions of SYS that are visible in every schema, and so hide a table of the same name in
 * `TABLE.COLUMN%TYPE`.
 */
const STANDARD_FUNCTIONS = ['LOGIN_USER', 'SYSEVENT', 'DATABASE_NAME', 'INSTANCE_NUM', 'DICTIONARY_OBJ_NAME'];

const INTEGERS = ['PLS_INTEGER', 'BINARY_INTEGER', 'INTEGER', 'INT', 'SMALLINT', 'NATURAL', 'POSITIVE'];

/** Reads `(n [, m] [CHAR | BYTE])` after a type. */
const takeSizes = (stream: TokenStream) => {
  if (!stream.seesSymbol('(')) return { numbers: [], unit: undefined };
  const inside = stream.takeBracketed();
  return {
    numbers: inside.filter(({ kind }) => kind === 'number').map(({ value }) => Number(value)),
    unit: isWord(inside.at(-1), 'CHAR') ? ('char' as const) : ('byte' as const),
  };
};

/**
 * Reads the type of a variable, or the type without sizes of a parameter or result. The name of a
 * declared type is returned as a name.
 */
const takeType = (stream: TokenStream, sized: boolean): PlsqlType | string => {
  const { at } = stream.peek() ?? { at: 0 };
  const name = stream.takeName();
  if (stream.seesSymbol('.') || stream.seesSymbol('%')) {
    stream.takeUntil((token) => isSymbol(token, ';', ',', ')') || isSymbol(token, ':=') || isWord(token, 'DEFAULT'));
    if (STANDARD_FUNCTIONS.includes(name))
      throw new CompileError(at, `PLS-00225: subprogram or cursor '${name}' reference is out of scope`);
    throw notSupported(`%TYPE and types of packages in PL/SQL: ${name}`);
  }
  const { numbers, unit = 'byte' } = takeSizes(stream);
  const [first, second = 0] = numbers;
  if (!sized && first !== undefined) throw notSupported('the size of a parameter or result');
  if (name === 'VARCHAR2' || name === 'VARCHAR') {
    if (sized && (first === undefined || first < 1 || first > 32767))
      throw new CompileError(at, 'PLS-00215: String length constraints must be in range (1 .. 32767)');
    return { kind: 'varchar', length: first, unit };
  }
  if (name === 'RAW') {
    if (sized && first === undefined)
      throw new CompileError(at, 'PLS-00215: String length constraints must be in range (1 .. 32767)');
    return { kind: 'raw', length: first };
  }
  if (name === 'NUMBER') return { kind: 'number', precision: first, scale: second };
  if (INTEGERS.includes(name)) return { kind: 'integer' };
  if (name === 'BOOLEAN') return { kind: 'boolean' };
  if (name === 'DATE') return { kind: 'date' };
  if (name === 'CLOB') return { kind: 'clob' };
  if (name === 'TIMESTAMP') {
    if (stream.sees('WITH')) throw notSupported('TIMESTAMP WITH TIME ZONE in PL/SQL');
    return { kind: 'timestamp', precision: first ?? (sized ? 6 : 9) };
  }
  return name;
};

const mustBeKnown = (type: PlsqlType | string, at: number): PlsqlType => {
  if (typeof type === 'string') throw new CompileError(at, `PLS-00201: identifier '${type}' must be declared`);
  return type;
};

const takeParameters = (stream: TokenStream): Parameter[] => {
  const parameters: Parameter[] = [];
  if (!stream.seesSymbol('(')) return parameters;
  const inside = createTokenStream(stream.takeBracketed());
  do {
    const at = inside.offset();
    const name = inside.takeName();
    inside.takeIf('IN');
    if (inside.sees('OUT')) throw notSupported('OUT parameters');
    parameters.push({ name, type: mustBeKnown(takeType(inside, false), at) });
  } while (inside.takeSymbolIf(','));
  if (!inside.ended()) inside.refuse('the end of a parameter');
  return parameters;
};

const takeSubprogram = (stream: TokenStream, parseBody: ParseBody): Subprogram => {
  const at = stream.offset();
  const isFunction = stream.takeAny().value === 'FUNCTION';
  const name = stream.takeName();
  const parameters = takeParameters(stream);
  let returns: PlsqlType | undefined;
  if (isFunction) {
    stream.expect('RETURN');
    returns = mustBeKnown(takeType(stream, false), at);
  }
  if (!stream.takeIf('IS')) stream.expect('AS');
  const declarations = parseDeclarations(stream, parseBody);
  stream.expect('BEGIN');
  const block: Block = { declarations, ...parseBody(stream) };
  if (!stream.seesSymbol(';') && stream.takeName() !== name) stream.refuse(`END ${name}`);
  stream.expectSymbol(';');
  return { kind: 'subprogram', at, name, parameters, returns, block };
};

const takeCollection = (stream: TokenStream): Declaration => {
  const at = stream.offset();
  stream.expect('TYPE');
  const name = stream.takeName();
  stream.expect('IS', 'TABLE', 'OF');
  const of = mustBeKnown(takeType(stream, true), at);
  if (stream.takeIf('NOT')) stream.expect('NULL');
  stream.expect('INDEX', 'BY');
  if (!stream.takeIf('PLS_INTEGER')) stream.expect('BINARY_INTEGER');
  stream.expectSymbol(';');
  return { kind: 'type', at, name, of };
};

const takeVariable = (stream: TokenStream): Declaration => {
  const at = stream.offset();
  const name = stream.takeName();
  const constant = stream.takeIf('CONSTANT');
  if (stream.sees('EXCEPTION') || stream.sees('CURSOR')) stream.refuse('a type');
  const type = takeType(stream, true);
  if (stream.sees('NOT', 'NULL')) stream.refuse('the end of a declaration');
  const initialised = stream.takeSymbolIf(':=') || stream.takeIf('DEFAULT');
  const initial = initialised ? stream.takeUntil((token) => isSymbol(token, ';')) : undefined;
  stream.expectSymbol(';');
  return { kind: 'variable', at, name, type, constant, initial };
};

const ENDS = ['BEGIN', 'BEFORE', 'AFTER', 'INSTEAD', 'END'];

/** Parses all declarations here. `parseBody` reads a subprogram's body after its BEGIN. */
export const parseDeclarations = (stream: TokenStream, parseBody: ParseBody): Declaration[] => {
  const declarations: Declaration[] = [];
  while (!isWord(stream.peek(), ...ENDS)) {
    if (isWord(stream.peek(), 'PRAGMA', 'CURSOR', 'SUBTYPE')) stream.refuse('a variable or subprogram');
    const subprogram = isWord(stream.peek(), 'FUNCTION', 'PROCEDURE');
    // Oracle's grammar requires variables before subprograms.
    if (!subprogram && declarations.at(-1)?.kind === 'subprogram')
      throw new CompileError(
        stream.offset(),
        `PLS-00103: Encountered the symbol "${stream.peek()?.value}" when expecting one of the following: begin function pragma procedure`,
      );
    declarations.push(
      subprogram
        ? takeSubprogram(stream, parseBody)
        : stream.sees('TYPE')
          ? takeCollection(stream)
          : takeVariable(stream),
    );
  }
  return declarations;
};
