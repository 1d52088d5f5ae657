/**
 * A problem of a statement: Oracle's error number, or 20900 for statements that Oracle accepts and
 * this project forbids.
 */
export type StatementProblem = { readonly number: number; readonly message: string };

export const PROJECT_RULE = 20_900;

export const problem = (number: number, message: string): StatementProblem => ({ number, message });
