import { notSupported } from '../sql/oracle-error';
import type { Place } from './compilation';
import { declare } from './compilation';
import { compileBlock, compileProcedureCall } from './compile-blocks';
import { CompileError, EXCEPTIONS, undeclared } from './compile-error';
import { ERROR, guard, isHarmless, passOn } from './compile-guards';
import { compileCount, compileLoop, compileRows } from './compile-loops';
import { checkedExpression, compileAssign, compileChange, compileSelect } from './compile-sql';
import { lookUp } from './scope';
import type { Statement } from './syntax-tree';
import { fitTo } from './types';

const compileIf = (place: Place, { at, branches, otherwise }: Statement & { kind: 'if' }): string => {
  const [first, ...rest] = branches;
  if (first === undefined) return compileStatements(place, otherwise);
  const holds = declare(place, 'if', 'boolean');
  const behind = rest.length > 0 ? compileIf(place, { at, kind: 'if', branches: rest, otherwise }) : undefined;
  const test = guard(
    place,
    `${holds} := ${checkedExpression(place, first.condition[0]?.at ?? at, first.condition, true)};`,
  );
  return `${test}
IF ${holds} THEN
${compileStatements(place, first.body)}
ELSE
${behind ?? compileStatements(place, otherwise)}
END IF;`;
};

const compileReturn = (place: Place, { at, value }: Statement & { kind: 'return' }): string => {
  if ('label' in place.leave) {
    if (value !== undefined)
      throw new CompileError(at, 'PLS-00372: In a procedure, RETURN statement cannot contain an expression');
    return `EXIT ${place.leave.label};`;
  }
  if (value === undefined)
    throw new CompileError(at, 'PLS-00503: RETURN <value> statement required for this return from function');
  return `RETURN ${fitTo(place.leave.returns, checkedExpression(place, at, value, place.leave.returns.kind === 'boolean'))};`;
};

const compileRaise = (place: Place, { at, name }: Statement & { kind: 'raise' }): string => {
  if (name === undefined) {
    if (place.handling === undefined)
      throw new CompileError(
        at,
        'PLS-00367: a RAISE statement with no exception name must be inside an exception handler',
      );
    return `${ERROR} := ${place.handling};\n${passOn(place)}`;
  }
  const number = EXCEPTIONS[name];
  if (number === undefined) throw undeclared(at, name);
  return guard(place, `PERFORM ora.raise_error(${number}, '${name}');`);
};

const compileCall = (place: Place, statement: Statement & { kind: 'call' }): string => {
  const { at, name, args } = statement;
  const entry = lookUp(place.scope, name);
  if (entry?.kind === 'procedure') return compileProcedureCall(place, entry, statement, compileStatements);
  if (entry?.kind === 'function') throw new CompileError(at, `PLS-00221: '${name}' is not a procedure or is undefined`);
  if (entry !== undefined || name !== 'RAISE_APPLICATION_ERROR') throw undeclared(at, name);
  const [number, message, ...rest] = args;
  if (number === undefined || message === undefined)
    throw new CompileError(at, `PLS-00306: wrong number or types of arguments in call to '${name}'`);
  if (rest.length > 0) throw notSupported('RAISE_APPLICATION_ERROR that keeps errors');
  const values = [number, message].map((arg) => checkedExpression(place, at, arg));
  return guard(place, `PERFORM ora.raise_application_error((${values[0]})::numeric, (${values[1]})::text);`);
};

const compileJump = (place: Place, { at, kind, condition }: Statement & { kind: 'exit' | 'continue' }): string => {
  if (place.loop === undefined)
    throw new CompileError(at, `PLS-00376: illegal ${kind.toUpperCase()} statement; it must appear inside a loop`);
  const jump = `${kind === 'exit' ? place.loop.leave : place.loop.next};`;
  if (condition === undefined) return jump;
  const holds = declare(place, 'if', 'boolean');
  return `${guard(place, `${holds} := ${checkedExpression(place, at, condition, true)};`)}\nIF ${holds} THEN\n  ${jump}\nEND IF;`;
};

const compileStatement = (place: Place, statement: Statement): string => {
  switch (statement.kind) {
    case 'null':
      return 'NULL;';
    case 'commit':
      return guard(place, `PERFORM ora.raise_error(4092, 'cannot COMMIT or ROLLBACK in a trigger');`);
    case 'assign':
      return guard(place, compileAssign(place, statement));
    case 'if':
      return compileIf(place, statement);
    case 'count':
      return compileCount(place, statement, compileStatements);
    case 'loop':
      return compileLoop(place, statement, compileStatements);
    case 'rows':
      return compileRows(place, statement, compileStatements);
    case 'exit':
    case 'continue':
      return compileJump(place, statement);
    case 'return':
      return guard(place, compileReturn(place, statement));
    case 'raise':
      return compileRaise(place, statement);
    case 'call':
      return compileCall(place, statement);
    case 'select':
      return compileSelect(place, statement);
    case 'dml':
      return compileChange(place, statement);
    case 'delete-all': {
      const entry = lookUp(place.scope, statement.name);
      if (entry?.kind !== 'variable' || entry.type.kind !== 'collection')
        throw undeclared(statement.at, statement.name);
      if (place.frame.kind === 'function' && entry.frame !== place.frame)
        throw notSupported('a function that empties an outer collection');
      return `${entry.name} := '{}';`;
    }
    default:
      return compileBlock(place, statement.block, compileStatements);
  }
};

/** Compiles a statement. Records its error, so that the other statements are checked too. */
const compileOrNote = (place: Place, statement: Statement): string => {
  try {
    return compileStatement(place, statement);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    place.unit.errors.push(error);
    return 'NULL;';
  }
};

/** Compiles statements in order. Consecutive ones that change nothing share a guard. */
export const compileStatements = (place: Place, statements: readonly Statement[]): string => {
  if (statements.length === 0) return 'NULL;';
  const out: string[] = [];
  let run: string[] = [];
  const endRun = (): void => {
    if (run.length > 0) out.push(guard(place, run.join('\n')));
    run = [];
  };
  for (const statement of statements) {
    if (place.onError !== undefined && isHarmless(statement, place.scope)) {
      run.push(compileOrNote({ ...place, onError: undefined }, statement));
    } else {
      endRun();
      out.push(compileOrNote(place, statement));
    }
  }
  endRun();
  return out.join('\n');
};
