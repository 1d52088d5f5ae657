import type { Codec } from '../../shared/avro/codec-port';
import type { SmsSend } from '../../shared/avro/records';
import type { Database } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import type { OutgoingRecord, RecordSink } from '../../shared/kafka/ports';
import { insertIntoTable } from './insert-into-table';
import type { Entrance, PlannedMessage } from './plan-messages';
import { toUnreadable } from './plan-messages';
import { pause } from './wait-until';

export type PublishWorld = {
  readonly signal: AbortSignal;
  readonly sink: RecordSink;
  readonly codec: Codec<SmsSend>;
  readonly topic: string;
  readonly httpUrl: string;
  readonly httpKey: string;
  /** connects with the account of the business system that uses the table */
  readonly openBusiness: () => Database;
  /** error codes from HTTP and the bytes of unreadable records, by messageId; filled here */
  readonly refusals: Map<string, string>;
  readonly unreadable: Map<string, Buffer>;
  /** spread the messages over at least this time */
  readonly lastsMs: number;
  /** called after each chunk: messages published for the first time, and a second time */
  readonly onPublished: (count: number, again: number) => void;
};

const CHUNK = 100;
/** Spreads the messages over time, as business systems do, and lets the user watch. */
const BETWEEN_CHUNKS_MS = 100;
const HTTP_RETRY_MS = 200;
const HTTP_PATIENCE_MS = 60_000;

const chunksOf = <T>(all: readonly T[], lastsMs: number): T[][] => {
  const atLeast = Math.max(1, Math.floor(lastsMs / BETWEEN_CHUNKS_MS));
  const size = Math.min(CHUNK, Math.ceil(all.length / atLeast));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
};

/** Publishes a chunk. Returns how many messages were published a second time. */
type Publish = (chunk: readonly PlannedMessage[], world: PublishWorld) => Promise<number>;

const publishOnKafka: Publish = async (chunk, world) => {
  const records = chunk.map(({ id, message, expectation }): OutgoingRecord & { readonly value: Buffer } => {
    const good = world.codec.encode(message);
    if (expectation.kind !== 'unreadable') return { topic: world.topic, key: message.to, value: good };
    const value = toUnreadable(expectation.reason, id, good);
    world.unreadable.set(id, value);
    return { topic: world.topic, key: id, value };
  });
  await world.sink.publish(records);
  const again = records.filter((_, index) => chunk[index]!.twice);
  if (again.length > 0) await world.sink.publish(again);
  return again.length;
};

type HttpResult = { readonly status?: string; readonly error?: { readonly code: string } };

const toHttpMessage = ({ id, message }: PlannedMessage) => {
  const { to, content, priority, needReport, scheduledAt, expiresAt, context } = message;
  return { messageId: id, to, content, priority, needReport, scheduledAt, expiresAt, context };
};

type HttpAnswer = { readonly status: number; readonly body: { readonly messages?: readonly HttpResult[] } };

/** Repeats the request, with the same ids, until the producer answers and is well. */
const postUntilAnswered = async (chunk: readonly PlannedMessage[], world: PublishWorld): Promise<HttpAnswer> => {
  const deadline = Date.now() + HTTP_PATIENCE_MS;
  const isLate = (): boolean => Date.now() > deadline;
  for (;;) {
    try {
      const response = await fetch(`${world.httpUrl}/v1/messages`, {
        method: 'POST',
        signal: world.signal,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${world.httpKey}` },
        body: JSON.stringify({ messages: chunk.map(toHttpMessage) }),
      });
      const body = (await response.json()) as HttpAnswer['body'];
      if (response.status < 500 || isLate()) return { status: response.status, body };
    } catch (error) {
      if (isLate()) throw error;
    }
    await pause(HTTP_RETRY_MS, world.signal);
  }
};

const post = async (chunk: readonly PlannedMessage[], world: PublishWorld): Promise<void> => {
  const { status, body } = await postUntilAnswered(chunk, world);
  if (body.messages?.length !== chunk.length) {
    throw new BridgeError('DEMO_HTTP', `POST /v1/messages answers ${status}: ${JSON.stringify(body).slice(0, 300)}`);
  }
  body.messages.forEach(({ error }, index) => {
    if (error !== undefined) world.refusals.set(chunk[index]!.id, error.code);
  });
};

/** Behaves like a caller that did not get the response: it posts the whole chunk again. */
const publishByHttp: Publish = async (chunk, world) => {
  await post(chunk, world);
  if (!chunk.some(({ twice }) => twice)) return 0;
  await post(chunk, world);
  return chunk.length;
};

/**
 * Publishes all messages through the three entrances at the same time. Resolves when each one is
 * acknowledged or rejected.
 * @throws BridgeError DEMO_HTTP, KAFKA_…, DB_…
 */
export const publishPlanned = async (messages: readonly PlannedMessage[], world: PublishWorld): Promise<void> => {
  const business = world.openBusiness();
  const entrances: { readonly [E in Entrance]: Publish } = {
    kafka: publishOnKafka,
    http: publishByHttp,
    table: async (chunk) => {
      await insertIntoTable(
        business,
        chunk.map(({ message }) => message),
      );
      return 0;
    },
  };
  const all = async (entrance: Entrance): Promise<void> => {
    const own = messages.filter((message) => message.entrance === entrance);
    for (const chunk of chunksOf(own, world.lastsMs)) {
      const again = await entrances[entrance](chunk, world);
      world.onPublished(chunk.length, again);
      await pause(BETWEEN_CHUNKS_MS, world.signal);
    }
  };
  try {
    await Promise.all([all('kafka'), all('http'), all('table')]);
  } finally {
    await business.close();
  }
};
