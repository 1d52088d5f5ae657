import { InvalidArgumentError } from 'commander';

export type AccountArgument = { readonly account: string; readonly role: string; readonly ownTables?: boolean };

/**
 * Parses a name and returns it in upper case, as Oracle stores it. The name becomes part of
 * statements, so it is checked here.
 * @throws InvalidArgumentError
 */
export const toName = (value: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9_$#]{0,29}$/.test(value)) {
    throw new InvalidArgumentError('It must be a plain Oracle name of at most 30 letters, digits, _ $ #.');
  }
  return value.toUpperCase();
};

/**
 * Parses `NAME:ROLE`.
 * @throws InvalidArgumentError
 */
export const toAccount = (value: string): AccountArgument => {
  const [account = '', role = '', ...rest] = value.split(':');
  if (rest.length > 0 || role === '')
    throw new InvalidArgumentError('It must be NAME:ROLE, as in BILLING:SMS_APPLICATION.');
  return { account: toName(account), role: toName(role) };
};

/**
 * Parses a size such as `100M`.
 * @throws InvalidArgumentError
 */
export const toSize = (value: string): string => {
  if (!/^[1-9]\d{0,8}[KMGT]$/i.test(value)) throw new InvalidArgumentError('It must be a size as in 100M or 2G.');
  return value.toUpperCase();
};
