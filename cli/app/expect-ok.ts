import { BridgeError } from '../../shared/errors';
import type { Result } from '../../shared/result';
import type { AccountProblem } from '../accounts/check-account';

/** @throws BridgeError codes of AccountProblem */
export const expectOk = <T>(result: Result<T, AccountProblem>): T => {
  if (result.ok) return result.value;
  const { code, field, message } = result.problem;
  throw new BridgeError(code, message.startsWith('must') ? `${field} ${message}` : message);
};
