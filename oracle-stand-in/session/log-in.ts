import { openPostgresSession, type PostgresSession } from '../backend/postgres-session';
import { swapCase, toPostgresName } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import { challenge, challenge10G, type LoginChallenge, readAuthMessage, readPassword, writeWelcome } from '../ttc/auth';
import type { ByteReader } from '../wire/byte-reader';
import type { ByteWriter } from '../wire/byte-writer';
import { ConnectionLost, type SessionState } from './session-state';

const wrongPassword = (): OracleError => new OracleError(1017, 'invalid username/password; logon denied');

const LOGIN_TEXTS: Readonly<Record<number, string>> = {
  1017: 'invalid username/password; logon denied',
  1033: 'ORACLE initialization or shutdown in progress',
  1034: 'ORACLE not available',
  1045: 'user lacks CREATE SESSION privilege; logon denied',
  28000: 'The account is locked.',
  28001: 'the password has expired',
  28150: 'proxy not authorized to connect as client',
};

const loginError = (number: number): OracleError =>
  new OracleError(number, LOGIN_TEXTS[number] ?? 'log-in refused by a fault of the test');

/** Sets the values of USERENV for `ora.sys_context`. */
const setUserEnvironment = async (postgres: PostgresSession, state: SessionState): Promise<void> => {
  const { user } = state.login ?? { user: state.schema };
  const values: Readonly<Record<string, string>> = {
    session_user: user,
    proxy_user: state.login?.proxy ?? '',
    network_protocol: state.protocol,
    current_user: user,
    current_schema: state.schema,
    sid: String(state.id),
    sessionid: String(state.id),
    service_name: state.world.service,
    db_name: 'STANDIN',
    instance_name: 'STANDIN',
    con_name: 'STANDIN',
    client_identifier: state.attributes.get('clientIdentifier') ?? '',
    module: state.attributes.get('module') ?? '',
    action: state.attributes.get('action') ?? '',
    client_info: state.attributes.get('clientInfo') ?? '',
  };
  const names = Object.keys(values);
  const settings = names.map((name, at) => `set_config('ora.${name}', $${at + 1}, false)`);
  await postgres.run(`SELECT ${settings.join(', ')}`, Object.values(values));
};

/** Looks unqualified names up in the current schema, then in the dictionary. */
export const applySchema = async (state: SessionState, postgres: PostgresSession): Promise<void> => {
  await postgres.run(`SET search_path = ${toPostgresName(state.schema)}, ora, pg_catalog`);
  await setUserEnvironment(postgres, state);
};

const openSession = async (state: SessionState, user: string, proxy: string | undefined): Promise<void> => {
  const { accounts, url } = state.world;
  const { roleName } = await accounts.mustFind(user);
  const postgres = await openPostgresSession(url);
  try {
    // For V$SESSION.
    await postgres.run(`SELECT set_config('application_name', $1, false)`, [`oracle-stand-in ${user}`]);
    await postgres.run(`SET SESSION AUTHORIZATION "${roleName}"`);
    state.schema = user;
    state.login = { user, postgres, ...(proxy === undefined ? {} : { proxy }) };
    await applySchema(state, postgres);
    // Killed during its login: nothing else would close the PostgreSQL session.
    if (state.closed) throw new ConnectionLost('at the log-in');
  } catch (error) {
    state.login = undefined;
    await postgres.close();
    throw error;
  }
};

const SECRETS = new Set(['AUTH_SESSKEY', 'AUTH_PASSWORD', 'AUTH_PBKDF2_SPEEDY_KEY', 'AUTH_NEWPASSWORD']);

const toAccountName = (given: string): string => (given.startsWith('"') ? given.slice(1, -1) : given.toUpperCase());

/** Creates the handlers of the two phases of a login. */
export const createLogIn = (state: SessionState) => {
  let pending:
    | {
        readonly user: string;
        readonly login: LoginChallenge;
        readonly password: string | undefined;
        readonly said: ReadonlyMap<string, string>;
      }
    | undefined;
  return {
    phaseOne: async (reader: ByteReader, writer: ByteWriter): Promise<void> => {
      const { user: given, pairs: said } = readAuthMessage(reader);
      const user = toAccountName(given);
      const account = await state.world.accounts.find(user);
      const password = account?.password ?? undefined;
      if (state.world.has10G(user)) return challenge10G(writer);
      // An unknown user gets a challenge too, which cannot be met.
      pending = { user, password, said, login: await challenge(writer, password ?? swapCase(String(Math.random()))) };
    },
    phaseTwo: async (reader: ByteReader, writer: ByteWriter): Promise<void> => {
      const { pairs } = readAuthMessage(reader);
      if (pending === undefined) throw wrongPassword();
      const { user: opener, login, password: expected, said } = pending;
      state.recordLogin({
        session: state.id,
        connectData: state.connectData,
        attributes: Object.fromEntries([...said, ...pairs].filter(([name]) => !SECRETS.has(name))),
        protocol: state.protocol,
      });
      const { sessionKey, password } = await readPassword(login, pairs);
      const refusal = state.faults.atLogin();
      if (refusal !== undefined) throw loginError(refusal);
      if (expected === undefined || password !== expected) throw wrongPassword();
      const target = pairs.get('PROXY_CLIENT_NAME');
      const user = target === undefined ? opener : toAccountName(target);
      if (user !== opener && !state.world.mayProxy(opener, user)) throw loginError(28150);
      const account = await state.world.accounts.mustFind(user);
      if (account.locked) throw loginError(28000);
      const held = await state.world.accounts.privilegesOf(user);
      if (!held.has('CREATE SESSION') && !held.has('DBA')) throw loginError(1045);
      await openSession(state, user, target === undefined ? undefined : opener);
      writeWelcome(writer, sessionKey, {
        service: state.world.service,
        openCursors: state.openCursors,
        sessionId: state.id,
        version: state.serverVersion,
      });
    },
  };
};
