/**
 * A message of Oracle's compiler. The object is created all the same, INVALID, with the message in
 * USER_ERRORS.
 */
export class CompileError extends Error {
  constructor(
    /** Offset in the text. */
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

export const undeclared = (at: number, name: string): CompileError =>
  new CompileError(at, `PLS-00201: identifier '${name}' must be declared`);

/** Named exceptions, with the numbers of their errors. */
export const EXCEPTIONS: Readonly<Record<string, number>> = {
  NO_DATA_FOUND: 1403,
  TOO_MANY_ROWS: 1422,
  DUP_VAL_ON_INDEX: 1,
  VALUE_ERROR: 6502,
  INVALID_NUMBER: 1722,
  ZERO_DIVIDE: 1476,
};
