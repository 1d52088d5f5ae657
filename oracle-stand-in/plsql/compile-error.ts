/** What Oracle's compiler would say of a text: the object is made all the same, INVALID, with this in USER_ERRORS. */
export class CompileError extends Error {
  constructor(
    /** offset in the text */
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

export const undeclared = (at: number, name: string): CompileError =>
  new CompileError(at, `PLS-00201: identifier '${name}' must be declared`);
