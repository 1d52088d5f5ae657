import { registerAccount } from '../../services/shared/accounts/register-account';
import type { BridgeWorld } from './bridge-world';
import type { ServiceProcess } from './service-process';
import { waitUntil } from './wait-until';

/** What a business system knows of a message that it sends. */
export type OwnMessage = { readonly id: string; readonly to: string; readonly content: string };

/** A business system that speaks HTTP and SQL, and tries again until it is answered. */
export const createBusinessSystem = async (world: BridgeWorld, username: string, appId: string) => {
  const { db } = world.database;
  await db.query('DELETE FROM login_user WHERE app_id = $1', [appId]);
  const login = await world.database.login('sms_application', username);
  const registered = await registerAccount(db, { username, appId, extCode: '07', role: 'application' });
  if (!registered.ok) throw new Error(registered.problem.message);
  const { key } = registered.value;

  /** One request until it is answered with 202 or 207; returns the message ids. */
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
          return false; // the process died, or never saw the request
        }
      },
      120_000,
    );

  /** Rows of the table interface, with the system's own ids. */
  const insert = async (messages: readonly OwnMessage[]): Promise<void> => {
    await login.db.query(
      `INSERT INTO sm_send_t (message_id, dest_addr, content) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
      [messages.map(({ id }) => id), messages.map(({ to }) => to), messages.map(({ content }) => content)],
    );
  };
  return { appId, key: key as string, db: login.db, post, insert };
};
