import type { CliContext } from '../run-action';
import { httpAddressOf } from './run-services';
import type { DemoWorld } from './world';

/**
 * Returns the text that tells how to reach the running demo, with commands to copy. The
 * snippets in docs/integrate.md use the same variables.
 */
export const toAccess = ({ brokers, topicPrefix, database, services }: DemoWorld): string => {
  const http = httpAddressOf(services);
  const env = Object.entries(database.env).map(([name, value]) => ` ${name}='${value}'`);
  const prefix = topicPrefix === undefined ? '' : ` TOPIC_PREFIX=${topicPrefix}`;
  return `Everything keeps running until Ctrl-C. In another terminal:

  export KAFKA_BROKERS=${brokers}${prefix}
  export DATABASE_URL='${database.ownerUrl}'${env.join('')}
  export BRIDGE=${http} KEY=${database.apps[0]!.key}

  curl "$BRIDGE/v1/messages" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"to":"13800138000","content":"Hello"}'
  npm run --silent sms-bridge -- publish --app billing --to 13800138000 --content Hello --wait
  npm run --silent sms-bridge -- tail status --from-beginning
  npm run --silent sms-bridge -- doctor

${topicPrefix === undefined ? 'With these variables the snippets in docs/integrate.md work too. ' : ''}The HTTP interface describes itself: ${http}/openapi.json
`;
};

export const WHAT_NEXT = `What to try next:

  npm start -- --keep             keep everything running, and send messages yourself
  npm start -- --messages 20000   more messages
  npm start -- --engine oracle    on a stand-in for Oracle
  npm start -- --help             use a Kafka or a database of your own
  docs/guarantees.md              why no message is lost or sent twice, and which test shows it
`;

/** Resolves at Ctrl-C. Rejects with the signal's reason when a process dies. */
export const untilInterrupted = (context: CliContext, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => (context.signal.aborted ? resolve() : reject(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
