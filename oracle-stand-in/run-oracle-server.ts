import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createHastyCheck } from './grammar/check-statement';
import { type OracleServerOptions, openOracleServer } from './open-oracle-server';

/** Options of the server apart from PostgreSQL, users, port and service. */
export type PlainOptions = Pick<OracleServerOptions, 'characterSet' | 'edition' | 'encryption' | 'release'>;

/** A line of input: `{"id": 1, "command": "inject", "argument": {…}}`. The answer has its id. */
export type ServerCommand = {
  readonly id: number;
  readonly command:
    | 'inject'
    | 'clearFaults'
    | 'thaw'
    | 'statements'
    | 'roundTrips'
    | 'clearLog'
    | 'sessions'
    | 'stopListener'
    | 'startListener';
  readonly argument?: unknown;
};

export type ServerAnswer = { readonly id: number; readonly result?: unknown; readonly error?: string };

/**
 * Runs the stand-in as a process: prints its connect string, executes commands, and ends when its
 * standard input closes.
 *
 *     node dist/oracle-stand-in/run-oracle-server.js --postgres URL --users '{"YJSMS":"secret"}'
 *       [--port N] [--service NAME] [--options '{"characterSet":"ZHS16GBK"}'] [--hasty]
 *
 * `--hasty`: answers statements before the grammar has checked them; see createHastyCheck.
 */
const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      postgres: { type: 'string' },
      users: { type: 'string' },
      port: { type: 'string', default: '0' },
      service: { type: 'string', default: 'STANDIN' },
      options: { type: 'string', default: '{}' },
      hasty: { type: 'boolean', default: false },
    },
  });
  if (values.postgres === undefined || values.users === undefined)
    throw new Error('--postgres URL and --users JSON are needed');
  const server = await openOracleServer({
    postgresUrl: values.postgres,
    users: JSON.parse(values.users),
    port: Number(values.port),
    service: values.service,
    ...(JSON.parse(values.options) as PlainOptions),
    ...(values.hasty ? { gate: createHastyCheck((text) => process.stderr.write(`${text}\n`)) } : {}),
  });
  const obey = async ({ id, command, argument }: ServerCommand): Promise<ServerAnswer> => {
    try {
      const result = await (server[command] as (argument: unknown) => unknown)(argument);
      return { id, result };
    } catch (error) {
      return { id, error: String(error) };
    }
  };
  const input = createInterface({ input: process.stdin });
  input.on('line', async (line) => process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line)))}\n`));
  input.on('close', async () => {
    await server.close();
    process.exit(0);
  });
  process.stdout.on('error', () => process.exit(0));
  process.stdout.write(`${server.connectString}\n`);
};

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
