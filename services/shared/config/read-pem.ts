import { readFileSync } from 'node:fs';
import { BridgeError, messageOf } from '../errors';

/**
 * The text of the PEM file that a variable names; nothing when it names none.
 * @throws BridgeError CONFIG_INVALID when it cannot be read
 */
export const readPem = (variable: string, path: string | undefined): string | undefined => {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BridgeError('CONFIG_INVALID', `${variable}: cannot read it: ${messageOf(error)}`);
  }
};
