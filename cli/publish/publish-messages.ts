import type { SmsSend } from '../../shared/avro/records';
import { messageOf } from '../../shared/errors';
import type { OutgoingRecord } from '../../shared/kafka/ports';
import { failed, type Result } from '../../shared/result';
import type { SendProblem, ValidSend } from '../../shared/sms/validate-send';
import type { Entry } from './read-json-lines';
import type { LineProblem } from './read-lines';
import { type Defaults, toMessage } from './to-message';
import { IDLE } from './with-idle';

export type Published = { readonly line: number; readonly message: SmsSend };

export type PublishPorts = {
  readonly validate: (message: SmsSend) => Result<ValidSend, SendProblem>;
  /**
   * Encodes a message.
   * @throws BridgeError ENCODE_FAILED
   */
  readonly encode: (message: SmsSend) => Buffer;
  readonly publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** Called before the records are published, so that no status can arrive too early. */
  readonly onPublishing: (batch: readonly Published[]) => void;
  readonly onPublished: (batch: readonly Published[]) => void;
  /**
   * Called for a line that is not published, or not known to be; `messageId` is given when the
   * record may have reached Kafka.
   */
  readonly onBad: (line: number, problem: LineProblem, messageId?: string) => void;
  readonly stopped: () => boolean;
};

export type PublishOptions = { readonly topic: string; readonly batchSize: number; readonly defaults: Defaults };

type Ready = Published & { readonly record: OutgoingRecord };

/**
 * Returns a function that turns a line into a record, or tells why it is not published. The
 * validation is the relay's.
 */
const createPrepare = (ports: PublishPorts, { topic, defaults }: PublishOptions) => {
  const lines = new Map<string, number>();
  return ({ line, fields }: Entry): Result<Ready, LineProblem> => {
    const parsed = fields.ok ? toMessage(line, fields.value, defaults) : fields;
    if (!parsed.ok) return parsed;
    const message = parsed.value;
    const judged = ports.validate(message);
    if (!judged.ok) return judged;
    const first = lines.get(message.messageId);
    if (first !== undefined) {
      const text = `line ${first} has this messageId already: it would be taken for the same message`;
      return failed({ code: 'MESSAGE_ID_REPEATED', field: 'messageId', message: text });
    }
    lines.set(message.messageId, line);
    try {
      const headers = { 'message-id': message.messageId, 'app-id': message.appId };
      const record = { topic, key: judged.value.to, value: ports.encode(message), headers };
      return { ok: true, value: { line, message, record } };
    } catch (error) {
      return failed({ code: 'ENCODE_FAILED', message: messageOf(error) });
    }
  };
};

/**
 * Reads, validates and publishes messages, in full batches or when the input pauses. The next batch
 * is read while the previous one waits for its acknowledgement. A bad line is reported and left
 * out. When Kafka does not acknowledge, the lines in flight are reported as bad (they may have been
 * stored), reading stops, and the error is thrown.
 * @throws BridgeError KAFKA_…
 */
export const publishMessages = async (
  entries: AsyncIterable<Entry | typeof IDLE>,
  ports: PublishPorts,
  options: PublishOptions,
): Promise<void> => {
  const prepare = createPrepare(ports, options);
  let batch: Ready[] = [];
  let underWay: Promise<unknown> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  const send = async (ready: readonly Ready[]): Promise<void> => {
    ports.onPublishing(ready);
    try {
      await ports.publish(ready.map(({ record }) => record));
      ports.onPublished(ready);
    } catch (error) {
      failure ??= { error };
      const message =
        'not acknowledged; it may have been stored: publish it again with this messageId, and it is sent once';
      for (const { line, message: sent } of ready) {
        ports.onBad(line, { code: 'NOT_ACKNOWLEDGED', message: `${message} (${sent.messageId})` }, sent.messageId);
      }
    }
  };
  const flush = async (): Promise<void> => {
    await underWay;
    if (batch.length > 0 && failure === undefined) underWay = send(batch);
    batch = [];
  };

  for await (const entry of entries) {
    if (ports.stopped()) break;
    if (entry === IDLE) {
      await flush();
      continue;
    }
    const ready = prepare(entry);
    if (ready.ok) batch.push(ready.value);
    else ports.onBad(entry.line, ready.problem);
    if (batch.length >= options.batchSize) await flush();
    if (failure !== undefined) break;
  }
  await flush();
  await underWay;
  if (failure !== undefined) throw failure.error;
};
