import { BridgeError } from '../../errors';

/**
 * Throws the first error of an array INSERT that is not a duplicate key: a row that exists already
 * is as good as the one that was sent.
 * @param rowErrors what `executeEach` returned
 * @throws the first other error
 */
export const rejectUnlessUnique = (rowErrors: readonly { readonly error: unknown }[]): void => {
  const problem = rowErrors.find(({ error }) => !(error instanceof BridgeError && error.code === 'DB_UNIQUE'));
  if (problem !== undefined) throw problem.error;
};
