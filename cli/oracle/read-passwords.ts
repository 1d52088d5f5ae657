import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors';
import { usageError } from '../report-error';

/**
 * Returns the names of the files that may hold an account's password, best first: the account's
 * name, or the name of the secret in the compose file. Pure.
 */
const passwordFiles = (account: string, isOwner: boolean): readonly string[] => {
  const names = [account.toLowerCase(), ...(isOwner ? ['owner'] : [])];
  return names.flatMap((name) => [name, `database_${name}`]);
};

/** In bytes. Oracle Database Security Guide: 30 up to 21c, 1024 from 23 on. */
const longest = (version: number): number => (version >= 23 ? 1024 : 30);

/**
 * Returns what is wrong with a password, without quoting it. Between double quotes Oracle accepts
 * every character except these. Pure.
 */
const judgePassword = (password: string, version: number): string | undefined => {
  if (password === '') return 'is empty';
  if (!/^[\x20\x21\x23-\x7e]+$/.test(password))
    return 'must be one line of ASCII letters, digits and punctuation, without a double quote';
  if (password.length > longest(version)) return `must have at most ${longest(version)} characters on this server`;
  return undefined;
};

const readFirst = (directory: string, files: readonly string[]): { file: string; text: string } | undefined => {
  for (const file of files) {
    try {
      return { file, text: readFileSync(join(directory, file), 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw usageError(`--passwords: ${messageOf(error)}`);
    }
  }
  return undefined;
};

/**
 * Reads the passwords of these accounts from the files of a directory. Reports all problems in one
 * error.
 * @throws BridgeError USAGE
 */
export const readPasswords = (
  directory: string,
  accounts: readonly { readonly account: string; readonly isOwner: boolean }[],
  version: number,
): ReadonlyMap<string, string> => {
  const passwords = new Map<string, string>();
  const problems: string[] = [];
  for (const { account, isOwner } of accounts) {
    const files = passwordFiles(account, isOwner);
    const found = readFirst(directory, files);
    if (found === undefined) {
      problems.push(`${account}: ${directory} has no file ${files.join(', ')}`);
      continue;
    }
    const password = found.text.replace(/\r?\n$/, '');
    const problem = judgePassword(password, version);
    if (problem !== undefined) problems.push(`${account}: the password in ${join(directory, found.file)} ${problem}`);
    passwords.set(account, password);
  }
  if (problems.length > 0) throw usageError(`--passwords:\n  ${problems.join('\n  ')}`);
  return passwords;
};
