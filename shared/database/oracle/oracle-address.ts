import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError, messageOf } from '../../errors';
import type { DatabaseSettings } from '../database';

/** Address of the database in the driver's notation, and settings that follow from it. */
export type OracleAddress = {
  readonly connectString: string;
  /**
   * Class of Database Resident Connection Pooling (DRCP). Processes with the same class may share
   * server processes.
   */
  readonly connectionClass?: string;
};

/**
 * Services log in with different accounts, and Oracle shares sessions only within one account,
 * independent of the class.
 */
const CONNECTION_CLASS = 'SMS_BRIDGE';

const invalid = (problem: string): BridgeError => new BridgeError('CONFIG_INVALID', problem);

/**
 * Parses DATABASE_URL.
 * @throws BridgeError CONFIG_INVALID
 */
export const parseOracleUrl = (url: string): URL => {
  try {
    return new URL(url);
  } catch {
    throw invalid('DATABASE_URL must be oracle://user:password@host:port/service');
  }
};

const isDescriptor = (text: string): boolean => text.startsWith('(');
const isAlias = (text: string): boolean => !/[(/:]/.test(text);

/**
 * Returns an entry of a tnsnames.ora, or undefined. As in the driver, the lines after its first
 * begin with white space or a bracket.
 */
const entryOf = (file: string, alias: string): string | undefined => {
  const lines = file.split('\n').filter((line) => !line.startsWith('#') && line.trim() !== '');
  const names = (line: string): readonly string[] =>
    /^[^\s()=]/.test(line)
      ? line
          .split('=', 1)[0]!
          .split(',')
          .map((name) => name.trim().toUpperCase())
      : [];
  const start = lines.findIndex((line) => names(line).includes(alias.toUpperCase()));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, index) => index > start && /^[^\s()]/.test(line));
  return lines
    .slice(start, end < 0 ? undefined : end)
    .map((line) => line.replace(/#.*/, ''))
    .join('')
    .replace(/^[^=]*=/, '')
    .replace(/\s+/g, '');
};

/**
 * Looks an alias up in tnsnames.ora.
 * @throws BridgeError CONFIG_INVALID
 */
const resolveAlias = (alias: string, directory: string | undefined): string => {
  if (directory === undefined) {
    throw invalid(
      `DATABASE_URL: ${alias} has neither port nor service, so it is a TNS alias; set TNS_ADMIN to the directory of tnsnames.ora, or write host:port/service`,
    );
  }
  const path = join(directory, 'tnsnames.ora');
  let file: string;
  try {
    file = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`TNS_ADMIN: cannot read ${path}: ${messageOf(error)}`);
  }
  const found = entryOf(file, alias);
  if (found !== undefined) return found;
  throw invalid(
    `TNS_ADMIN: ${path} has no entry ${alias} (files that it includes are not looked into); write it there, or set ORACLE_CONNECT_STRING to the whole descriptor`,
  );
};

/** Rewrites `?server=pooled`, which the driver ignores, to `/service:pooled`. */
const withServerMode = (easy: string): string => {
  const [address, parameters = ''] = easy.split('?', 2) as [string, string?];
  const given = parameters.split('&').filter((parameter) => parameter !== '');
  const server = given.find((parameter) => /^server=/i.test(parameter));
  if (server === undefined) return easy;
  const rest = given.filter((parameter) => parameter !== server).join('&');
  return `${address}:${server.slice('server='.length).toLowerCase()}${rest === '' ? '' : `?${rest}`}`;
};

/**
 * Requires TLS in the address. With DATABASE_TLS no connection may be unencrypted, and no check may
 * be switched off.
 * @throws BridgeError CONFIG_INVALID
 */
const secured = (address: string): string => {
  if (/DN_MATCH=["']?(no|off|false)\b/i.test(address)) {
    throw invalid(
      'DATABASE_TLS: the address switches the check of the server’s name off (SSL_SERVER_DN_MATCH); take it out, or name the certificate’s subject with SSL_SERVER_CERT_DN',
    );
  }
  if (isDescriptor(address)) {
    const protocols = [...address.matchAll(/\(\s*PROTOCOL\s*=\s*([^)\s]*)/gi)].map(([, name = '']) => name);
    if (protocols.every((name) => /^tcps$/i.test(name)) && protocols.length > 0) return address;
    throw invalid('DATABASE_TLS: is true, but the descriptor has an ADDRESS without PROTOCOL=TCPS');
  }
  if (/^tcps:\/\//i.test(address)) return address;
  if (/^tcp:\/\//i.test(address)) throw invalid('DATABASE_TLS: is true, but ORACLE_CONNECT_STRING begins with tcp://');
  return `tcps://${address.replace(/^\/\//, '')}`;
};

const connectionClassOf = (address: string): string | undefined => {
  const pooled = /\(\s*SERVER\s*=\s*POOLED\s*\)/i.test(address) || /:pooled(?=$|[/?])/i.test(address);
  if (!pooled) return undefined;
  return /POOL_CONNECTION_CLASS\s*=\s*([^)&\s]+)/i.exec(address)?.[1] ?? CONNECTION_CLASS;
};

/**
 * Returns the address from DATABASE_URL and ORACLE_CONNECT_STRING. DATABASE_URL is
 * `oracle://user:password@host:port/service?connect_timeout=…`, or has a TNS alias in place of
 * `host:port/service`. ORACLE_CONNECT_STRING may hold any of these, or a whole descriptor.
 *
 * An alias is resolved here, although the driver can do it, because two decisions depend on its
 * entry, and the driver does not show it: whether DATABASE_TLS is obeyed, and whether the server
 * process is only lent (SERVER=POOLED), so that each use of a session must prepare it again.
 * @throws BridgeError CONFIG_INVALID
 */
export const toOracleAddress = ({
  url,
  tls,
  oracleConnectString,
  oracleConfigDir,
}: DatabaseSettings): OracleAddress => {
  const parsed = parseOracleUrl(url);
  const inUrl = `${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}${parsed.search}`;
  const given = (oracleConnectString ?? decodeURIComponent(inUrl)).trim();
  const named = isAlias(given) ? resolveAlias(given, oracleConfigDir) : given;
  const address = isDescriptor(named) ? named : withServerMode(named);
  const connectString = tls === undefined ? address : secured(address);
  const connectionClass = connectionClassOf(connectString);
  return { connectString, ...(connectionClass === undefined ? {} : { connectionClass }) };
};
