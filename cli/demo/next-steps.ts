import { forEngine, type PerEngine } from '../../shared/database/database';
import type { CliContext } from '../run-action';
import { packageRoot } from './child-processes';
import { healthAddressOf, httpAddressOf } from './run-services';
import type { DemoWorld } from './world';

/** Lines that send by the table, with the account of a business system. */
const BY_THE_TABLE: PerEngine<(url: string) => readonly string[]> = {
  pg: (url) => [
    `export BUSINESS_URL='${url}'`,
    'psql "$BUSINESS_URL" -c "insert into sm_send_t (dest_addr, content)',
    `  values ('13800138000', '您好')"`,
  ],
  // No client that most people have takes this address.
  oracledb: () => [],
};

const variables = ({ brokers, topicPrefix, database, services }: DemoWorld): readonly string[] =>
  Object.entries({
    KAFKA_BROKERS: brokers,
    ...(topicPrefix === undefined ? {} : { TOPIC_PREFIX: topicPrefix }),
    DATABASE_URL: database.ownerUrl,
    ...database.env,
    BRIDGE: httpAddressOf(services),
    KEY: database.apps[0]!.key,
  }).map(([name, value]) => `export ${name}='${value}'`);

const byTheTable = ({ database }: DemoWorld): readonly string[] =>
  forEngine(database.db.engine, BY_THE_TABLE)(database.businessUrl);

/**
 * Returns the text that tells how to reach the running demo, with commands to copy. The snippets in
 * docs/integrate.md use the same variables.
 */
export const toAccess = (world: DemoWorld): string => {
  const { appId } = world.database.apps[0]!;
  const relay = world.services.find(({ name }) => name === 'exchange-relay');
  const commands = [
    `cd '${packageRoot()}'`,
    ...variables(world),
    '',
    `# send as the application ${appId}: over HTTP, on Kafka, by the table`,
    'curl "$BRIDGE/v1/messages" -H "Authorization: Bearer $KEY" \\',
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"to":"13800138000","content":"您好"}'`,
    `npm run --silent sms-bridge -- publish --app ${appId} \\`,
    '  --to 13800138000 --content 您好 --wait',
    ...byTheTable(world),
    '',
    '# watch',
    'npm run --silent sms-bridge -- tail status -n 5',
    'npm run --silent sms-bridge -- doctor',
    '',
    '# kill a service, here the exchange-relay: it is started again',
    `kill -9 ${relay?.pid()}`,
  ];
  const health = world.services.map((service) => `  ${service.name.padEnd(18)}${healthAddressOf(service)}`);
  return [
    'Everything keeps running until Ctrl-C. In another terminal:',
    '',
    ...commands.map((line) => (line === '' ? '' : `  ${line}`)),
    '',
    ...(world.topicPrefix === undefined ? ['With these variables the snippets in docs/integrate.md work, too.'] : []),
    `HTTP describes itself at ${httpAddressOf(world.services)}/openapi.json`,
    '/health/ready and /metrics of each process are at:',
    '',
    ...health,
    '',
  ].join('\n');
};

export const WHAT_NEXT = `What to try next:

  npm start -- --kill            kill all services at random meanwhile
  npm start -- --keep            keep everything running, send messages yourself
  npm start -- --messages 20000  more messages
  npm start -- --engine oracle   on a stand-in for Oracle
  npm start -- --help            use a Kafka or a database of your own
  docs/guarantees.md             why no message is lost or sent twice
`;

/** Resolves at Ctrl-C. Rejects with the signal's reason when a process dies. */
export const untilInterrupted = (context: CliContext, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => (context.signal.aborted ? resolve() : reject(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
