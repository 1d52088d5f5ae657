import { registerAccount } from '../../cli/accounts/register-account';
import type { BridgeWorld } from './bridge-world';
import { insertRows } from './insert-rows';
import type { ServiceProcess } from './service-process';
import { waitUntil } from './wait-until';

/** What a business system records about a message that it sends. */
export type OwnMessage = { readonly id: string; readonly to: string; readonly content: string };

/** Creates a business system that uses HTTP and SQL, and retries until it gets an answer. */
export const createBusinessSystem = async (world: BridgeWorld, account: string, appId: string) => {
  const { db, run } = world.database;
  await run('DELETE FROM login_user WHERE app_id = $1', [appId]);
  const login = await world.database.login('sms_application', account);
  const registered = await registerAccount(db, { username: login.username, appId, extCode: '07', role: 'application' });
  if (!registered.ok) throw new Error(registered.problem.message);
  const { key } = registered.value;

  /** Repeats one request until the answer is 202 or 207; returns the message ids. */
  const post = async (
    producer: () => ServiceProcess,
    idempotencyKey: string,
    messages: readonly OwnMessage[],
  ): Promise<readonly string[]> =>
    waitUntil(
      `an answer to ${idempotencyKey}`,
      async () => {
        const address = producer().log.find(({ msg }) => msg === 'http')?.address;
        if (address === undefined) return false;
        try {
          const response = await fetch(`${address}/v1/messages`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${key}`,
              'content-type': 'application/json',
              'idempotency-key': idempotencyKey,
            },
            body: JSON.stringify({ messages: messages.map(({ to, content }) => ({ to, content })) }),
            signal: AbortSignal.timeout(10_000),
          });
          if (response.status !== 202 && response.status !== 207) return false;
          const { messages: answers } = (await response.json()) as { messages: { messageId: string }[] };
          return answers.map(({ messageId }) => messageId);
        } catch {
          return false; // the process died, or never got the request
        }
      },
      120_000,
    );

  /** Inserts rows of the table interface with the system's own ids. */
  const insert = async (messages: readonly OwnMessage[]): Promise<void> => {
    await insertRows(
      login.db,
      'sm_send_t',
      messages.map(({ id, to, content }) => ({ message_id: id, dest_addr: to, content })),
    );
  };
  return { appId, key: key as string, db: login.db, run: login.run, post, insert };
};
