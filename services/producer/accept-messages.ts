import type { SmsSend } from '../../shared/avro/records';
import { BridgeError } from '../../shared/errors';
import { failed, ok, type Result } from '../../shared/result';
import { toMessageKey } from '../../shared/sms/message-key';
import type { SendProblem, ValidSend } from '../../shared/sms/validate-send';
import type { TraceContext } from '../../shared/trace-context';
import { type OverLimit, SHARE_FULL } from './core/application-limits';
import { toBodyDigest, toKeyedMessageId } from './core/message-ids';
import { type MessageRequest, type Refusal, toSmsSend } from './core/message-request';
import { type EnteredMessage, isSameMessage, toEnding } from './core/same-message';

/** What a process remembers about a message that it published. */
export type RememberedMessage = {
  readonly digest: string;
  /** E.164 digits */
  readonly to: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly context: string | null;
  /** true after Kafka has acknowledged it */
  readonly acknowledged: boolean;
};

/** The bounded memory of this process. A forgotten entry means less help, never a wrong reply. */
export type MessageMemory = {
  readonly message: (appId: string, messageId: string) => RememberedMessage | undefined;
  readonly rememberMessage: (appId: string, messageId: string, message: RememberedMessage) => void;
  readonly bodyOfKey: (appId: string, key: string) => string | undefined;
  readonly rememberKey: (appId: string, key: string, digest: string) => void;
};

/** A record to publish. `to` is the normalised recipient and becomes the record's key. */
export type Publication = { readonly send: SmsSend; readonly to: string; readonly trace?: TraceContext | null };

export type AcceptPorts = {
  readonly judge: (message: SmsSend, now: number) => Result<ValidSend, SendProblem>;
  readonly newId: () => string;
  readonly memory: MessageMemory;
  /**
   * Returns the messages with these ids in ledger and history, of all applications. Best effort:
   * resolves to an empty list if the database does not answer.
   */
  readonly findEntered: (messageIds: readonly string[]) => Promise<readonly EnteredMessage[]>;
  /**
   * Resolves when Kafka has acknowledged all records except those that it will never take. Returns
   * the latter with the reason, by `toMessageKey`.
   * @throws BridgeError retryable: PENDING_SHARE_FULL or TOO_MANY_PENDING if nothing was sent;
   *   after any other some of the records may have been stored
   */
  readonly publish: (publications: readonly Publication[]) => Promise<ReadonlyMap<string, Refusal>>;
  readonly now: () => number;
  readonly crashPoint: (step: string) => void;
};

export type Submission = {
  readonly appId: string;
  readonly idempotencyKey: string | null;
  /** true for a list, even of one message. Each message is present as far as it could be read */
  readonly batch: boolean;
  /** the caller's trace, passed on with each record */
  readonly trace: TraceContext | null;
  readonly requests: readonly Result<MessageRequest, Refusal>[];
};

export type MessageOutcome = Result<{ readonly messageId: string }, Refusal>;

export type AcceptOutcome =
  /** one for each request, in the order of the requests */
  | { readonly kind: 'judged'; readonly outcomes: readonly MessageOutcome[] }
  /** the same idempotency key came with another body */
  | { readonly kind: 'conflict'; readonly refusal: Refusal }
  /** nothing was sent, because too many messages of this application wait */
  | { readonly kind: 'limited'; readonly over: OverLimit }
  /** nothing was sent, because too many messages of all applications wait */
  | { readonly kind: 'overloaded' }
  /** it is unknown whether Kafka has them. A repetition with the same ids is safe */
  | { readonly kind: 'unconfirmed'; readonly messageIds: readonly string[]; readonly error: unknown };

type Draft = Publication & {
  readonly valid: ValidSend;
  readonly memo: RememberedMessage;
  /** the origin of its id: the caller's id, its idempotency key, or null for a new id */
  readonly fixedBy: 'messageId' | 'key' | null;
};

const NOT_THE_SAME = 'was used for another message already; a new message needs a new one';

const KEY_REUSED: Refusal = {
  code: 'IDEMPOTENCY_KEY_REUSED',
  field: 'Idempotency-Key',
  message: `this Idempotency-Key ${NOT_THE_SAME}`,
};
const ID_REUSED: Refusal = { code: 'MESSAGE_ID_REUSED', field: 'messageId', message: `this messageId ${NOT_THE_SAME}` };

const toDraft = (
  { appId, idempotencyKey, batch, trace }: Submission,
  request: MessageRequest,
  index: number,
  now: number,
  ports: Pick<AcceptPorts, 'judge' | 'newId'>,
): Result<Draft, Refusal> => {
  const keyed = idempotencyKey === null ? null : toKeyedMessageId(appId, idempotencyKey, batch ? index : null);
  const send = toSmsSend(request, request.messageId ?? keyed ?? ports.newId(), appId, now);
  const valid = ports.judge(send, now);
  if (!valid.ok) return valid;
  const { to, expiresAt } = valid.value;
  const digest = toBodyDigest([request], false);
  return ok({
    send,
    to,
    trace,
    valid: valid.value,
    memo: { digest, to, createdAt: now, expiresAt, context: send.context, acknowledged: false },
    fixedBy: request.messageId !== null ? 'messageId' : keyed !== null ? 'key' : null,
  });
};

/**
 * Returns the refusal of an id whose message ended without being sent: a repetition would have no
 * effect.
 */
const toEndedRefusal = (
  draft: Pick<Draft, 'fixedBy' | 'send'>,
  entered: EnteredMessage | undefined,
): Refusal | undefined => {
  const end = entered === undefined || entered.appId !== draft.send.appId ? undefined : toEnding(entered);
  if (end === undefined) return undefined;
  const [refusal, name] = draft.fixedBy === 'key' ? [KEY_REUSED, 'Idempotency-Key'] : [ID_REUSED, 'messageId'];
  return { ...refusal, message: `the message of this ${name} ${end} and is not sent; use a new ${name}` };
};

/** Returns why a draft cannot have its id, or undefined. */
const conflictOf = (
  draft: Draft,
  entered: EnteredMessage | undefined,
  remembered: RememberedMessage | undefined,
): Refusal | undefined => {
  const { send, valid, memo, fixedBy } = draft;
  const ended = toEndedRefusal(draft, entered);
  if (ended !== undefined) return ended;
  const same =
    (remembered === undefined || remembered.digest === memo.digest) &&
    (entered === undefined || isSameMessage(entered, send, valid));
  if (same) return undefined;
  return fixedBy === 'key' ? KEY_REUSED : ID_REUSED;
};

const toFailure = (error: unknown, messageIds: readonly string[]): AcceptOutcome => {
  const code = error instanceof BridgeError ? error.code : undefined;
  if (code === 'PENDING_SHARE_FULL') return { kind: 'limited', over: SHARE_FULL };
  return code === 'TOO_MANY_PENDING' ? { kind: 'overloaded' } : { kind: 'unconfirmed', messageIds, error };
};

/**
 * Accepts messages. Each is validated alone; Kafka has acknowledged the valid ones before this
 * resolves. There is no await between the check of a key and its entry in the memory, so of two
 * bodies under one key at the same moment only one wins.
 */
export const acceptMessages = async (submission: Submission, ports: AcceptPorts): Promise<AcceptOutcome> => {
  const { appId, idempotencyKey, batch, requests } = submission;
  const { memory } = ports;
  const now = ports.now();
  const drafts = requests.map((request, index) =>
    request.ok ? toDraft(submission, request.value, index, now, ports) : request,
  );
  // Also the ids that this process remembers: their messages may have ended since.
  const fixed = drafts.flatMap((draft) =>
    draft.ok && draft.value.fixedBy !== null ? [draft.value.send.messageId] : [],
  );
  const rows = fixed.length === 0 ? [] : await ports.findEntered(fixed);
  const own = rows.filter((row) => row.appId === appId);
  const entered = new Map(own.map((row) => [row.messageId, row]));

  // Only a key makes the whole body count.
  const body =
    idempotencyKey === null
      ? ''
      : toBodyDigest(
          requests.map((request) => (request.ok ? request.value : null)),
          batch,
        );
  const known = idempotencyKey === null ? undefined : memory.bodyOfKey(appId, idempotencyKey);
  if (known !== undefined && known !== body) {
    const [first] = batch ? [] : drafts;
    const ended = first?.ok ? toEndedRefusal(first.value, entered.get(first.value.send.messageId)) : undefined;
    return { kind: 'conflict', refusal: ended ?? KEY_REUSED };
  }

  const publications = new Map<string, Draft>();
  const outcomes = drafts.map((draft): MessageOutcome => {
    if (!draft.ok) return draft;
    const { messageId } = draft.value.send;
    const remembered = memory.message(appId, messageId);
    const conflict = conflictOf(draft.value, entered.get(messageId), remembered);
    if (conflict !== undefined) return failed(conflict);
    if (remembered === undefined) memory.rememberMessage(appId, messageId, draft.value.memo);
    publications.set(messageId, draft.value);
    return ok({ messageId });
  });
  if (publications.size === 0) return { kind: 'judged', outcomes };
  if (idempotencyKey !== null) memory.rememberKey(appId, idempotencyKey, body);

  let refused: ReadonlyMap<string, Refusal>;
  try {
    refused = await ports.publish([...publications.values()]);
  } catch (error) {
    // The memory keeps ids and key: another request with them may be on its way.
    return toFailure(error, [...publications.keys()]);
  }
  ports.crashPoint('producer.http.after-publish');
  for (const [messageId, { memo }] of publications) {
    if (!refused.has(toMessageKey({ appId, messageId })))
      memory.rememberMessage(appId, messageId, { ...memo, acknowledged: true });
  }
  return {
    kind: 'judged',
    outcomes: outcomes.map((outcome) => {
      const refusal = outcome.ok ? refused.get(toMessageKey({ appId, ...outcome.value })) : undefined;
      return refusal === undefined ? outcome : failed(refusal);
    }),
  };
};
