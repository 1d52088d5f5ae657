import { businessProfileStatements } from '../../migrations/oracle/oracle-dba';
import type { Engine } from '../../shared/database/database';

type Registered = {
  readonly engine: Engine;
  readonly env: NodeJS.ProcessEnv;
  readonly username: string;
  readonly key: string | null;
  readonly login: boolean;
};

/** Returns the producer's address, as its own variables in this environment give it. Pure. */
const toHttpAddress = ({ HTTP_TLS_CERT_FILE, HTTP_PORT = '8080' }: NodeJS.ProcessEnv): string =>
  `${HTTP_TLS_CERT_FILE === undefined ? 'http' : 'https'}://localhost:${HTTP_PORT}`;

/** Returns what the user of a new account does next; nothing of it sends a message. Pure. */
export const toNextSteps = ({ engine, env, username, key, login }: Registered): string =>
  [
    ...(key === null
      ? []
      : [
          "try the key on the producer's host (it lists received messages):",
          `  curl -H 'Authorization: Bearer ${key}' \\`,
          `    ${toHttpAddress(env)}/v1/received`,
        ]),
    ...(login && engine === 'oracledb'
      ? [
          'a DBA limits its sessions (the first only once):',
          ...businessProfileStatements(username).map((text) => `  ${text};`),
        ]
      : []),
    ...(login ? [`log in as ${username} and look: SELECT MESSAGE_ID, STATUS FROM V_SEND_T_LOG`] : []),
    'how to send: docs/integrate.md',
  ].join('\n');
