/** What is wrong with a statement: the number of the error that Oracle gives for it, or 20900 for what Oracle accepts and this project does not. */
export type StatementProblem = { readonly number: number; readonly message: string };

export const PROJECT_RULE = 20_900;

export const problem = (number: number, message: string): StatementProblem => ({ number, message });
