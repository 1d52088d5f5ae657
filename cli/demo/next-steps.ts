import type { CliContext } from '../run-action';
import type { DemoWorld } from './open-world';
import { httpAddressOf } from './run-services';

/** How to reach what is left running, with three commands to copy. */
export const toAccess = ({ brokers, topicPrefix, database, services }: DemoWorld): string => {
  const prefix = topicPrefix === undefined ? '' : ` --topic-prefix ${topicPrefix}`;
  const http = httpAddressOf(services);
  const key = database.apps[0]!.key;
  return `All of it goes on running, until Ctrl-C:

  Kafka         ${brokers}${topicPrefix === undefined ? '' : `  (topics ${topicPrefix}*)`}
  database      ${database.ownerUrl}
  HTTP          ${http}  (description: ${http}/openapi.json)
  API key       ${key}

Try, in another terminal:

  curl -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"to":"13800138000","content":"Hello"}' ${http}/v1/messages
  node dist/cli/main.js tail status --kafka ${brokers}${prefix}
  node dist/cli/main.js publish --kafka ${brokers}${prefix} --database '${database.ownerUrl}' --app billing --to 13800138000 --content 'Hello' --wait
`;
};

export const WHAT_NEXT = `What to try next:

  npm start -- --keep             leave all of it running, and send messages yourself
  npm start -- --messages 20000   more of them
  npm start -- --help             use a Kafka or a database of your own
  docs/guarantees.md              why nothing is lost or doubled, and which test shows it
`;

/** Resolves at Ctrl-C, or rejects when one of the processes dies. */
export const untilInterrupted = (context: CliContext, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => (context.signal.aborted ? resolve() : reject(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
