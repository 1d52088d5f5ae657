// What the tables of docs/integrate.md say about each status, reason, code and field.

/** [final, meaning] of each status. */
const STATUSES = {
  NEW: ['no', 'a row of `SM_SEND_T` that the producer has not published yet'],
  QUEUED: ['no', 'on `sms.send`; the relay has not entered it yet'],
  SCHEDULED: ['no', 'entered; waits for `scheduledAt`'],
  HANDED: ['no', 'in the exchange table, or taken by the province'],
  SUBMITTED: ['only with `needReport` false', 'the gateway took it'],
  SUBMIT_FAILED: [
    'as `isFinal` says',
    'the gateway refused it. With `isFinal` false the gateway may still take it; a delivery report outranks any refusal',
  ],
  DELIVERED: ['yes', 'it reached the phone; of a long message, all segments did'],
  UNDELIVERED: ['yes', 'it did not reach the phone; see `gatewayCode`'],
  EXPIRED: ['yes', 'its validity ended before it was handed over, or at the gateway'],
  REJECTED: [
    'yes',
    'the bridge refused it: see `reason`. Without a reason the gateway did, if `codes.report` maps a code so',
  ],
  CANCELLED: ['yes', 'you cancelled it before it was handed over'],
  UNKNOWN: [
    'yes',
    'no final reply came in time: see `reason`. A late report may still make it DELIVERED, UNDELIVERED or EXPIRED',
  ],
};

/** What is wrong with a message of each reason, and what to change. */
const REJECTIONS = {
  MESSAGE_ID_INVALID: '1 to 64 characters of A-Z a-z 0-9 . _ : -',
  APP_UNKNOWN: 'no application is registered with this code: ask the operator (`sms-bridge app add`)',
  APP_DISABLED: 'the application is disabled: ask the operator',
  RECIPIENT_INVALID:
    'no telephone number, a damaged or short one, or a kind of number that is not sent to (`RECIPIENTS`)',
  CONTENT_EMPTY: 'nothing is left after U+0000 is dropped',
  CONTENT_INVALID: 'half of a character: the text was cut within a surrogate pair',
  CONTENT_TOO_LONG:
    'more than 1000 characters, or than `CONTENT_MAX`. HTTP says how many it has; the event and the table have the code only, as for every reason',
  CONTENT_NOT_ENCODABLE: "a character that the database's character set does not have",
  EXT_CODE_INVALID: "not digits, or more than 20 together with the application's own extension code",
  PRIORITY_INVALID: '0 bulk, 1 normal, 2 high or 3 urgent',
  TIME_NOT_MILLISECONDS: 'a time in seconds, in microseconds or as a date in digits: send epoch milliseconds',
  SCHEDULE_INVALID: 'more than 30 days ahead, or a time that cannot be meant: leave it out to send at once',
  VALIDITY_INVALID:
    'not after `scheduledAt` (or `createdAt`), more than 72 h after it, or `createdAt` more than 24 h ahead of now; HTTP says which',
  CONTEXT_TOO_LONG: 'more than 512 characters',
  CONTEXT_INVALID: 'U+0000, or half of a character',
  CONTEXT_NOT_ENCODABLE: "a character that the database's character set does not have",
};

/** [status, meaning] of the other reasons of an event. */
const OTHER_REASONS = {
  MESSAGE_ID_REUSED: [
    'REJECTED',
    'table interface: the history has a message with this id; a new message needs a new one',
  ],
  MESSAGE_INVALID: ['REJECTED', 'table interface: the row cannot be written as a record'],
  MESSAGE_REFUSED: ['REJECTED', 'the broker takes every record but this one; its log says why'],
  ROW_UNREADABLE: [
    'REJECTED',
    'table interface: the database cannot return a value of the row, usually a text that was cut in the middle of a character',
  ],
  EXPIRED: ['EXPIRED', 'its validity ended before it was handed over'],
  CANCELLED: ['CANCELLED', 'you cancelled it'],
  NO_REPORT: ['UNKNOWN', 'no reply came before the deadline (REPORT_DEADLINE_HOURS)'],
  REPORT_CODE_UNKNOWN: [
    'open, then UNKNOWN',
    'a delivery report came with a code that no pattern of `codes.report` explains',
  ],
  REPORT_NOT_FINAL: ['open, then UNKNOWN', 'only reports came that are not final'],
  SUBMIT_NOT_FINAL: [
    'open, then UNKNOWN',
    'the gateway refused it for now (`codes.submitTemporary`), and nothing more came',
  ],
};

const AS_IT_IS = 'correct the request';
const SAME_ID = 'again, with the same id';

/** [meaning, what the caller does] of each HTTP code that is not a message's reason. */
const HTTP_CODES = {
  KEY_MISSING: ['no `Authorization: Bearer <key>`', AS_IT_IS],
  KEY_INVALID: ['this is not, or no longer, an API key', 'ask the operator'],
  ACCOUNT_DISABLED: ['the account is disabled', 'ask the operator'],
  ROLE_FORBIDDEN: ['the account belongs to no application', 'use the key of an application'],
  RATE_LIMITED: [
    'a limit of the key or its application is reached, and nothing of this request was sent; `limit` says which: [limits](#limits)',
    'again, with the same id, after Retry-After',
  ],
  BODY_NOT_UTF8: ['the body is not UTF-8', AS_IT_IS],
  BODY_NOT_JSON: ['the body is not JSON', AS_IT_IS],
  BODY_INVALID: ['the body is no object, or not as long as Content-Length says', AS_IT_IS],
  BODY_TOO_COMPLEX: ['more than 10 levels or 20,000 values', 'split the batch'],
  BODY_TOO_LARGE: ['longer than HTTP_BODY_LIMIT_BYTES', 'split the batch'],
  BATCH_INVALID: ['`messages` is no list of 1 to 1000', AS_IT_IS],
  MESSAGE_INVALID: ['a message is no JSON object, or cannot be written as a record', AS_IT_IS],
  MESSAGE_REFUSED: ['the broker takes every record but this one', 'ask the operator'],
  FIELD_UNKNOWN: ['a field that does not exist; `appId` comes from the key', AS_IT_IS],
  FIELD_REPEATED: ['one object has this field twice: which of the two is meant is not guessed', AS_IT_IS],
  FIELD_INVALID: ['a field has the wrong type or value', AS_IT_IS],
  ENCODING_UNSUPPORTED: ['a Content-Encoding', 'send it plain'],
  MEDIA_TYPE_UNSUPPORTED: ['not `application/json`', AS_IT_IS],
  IDEMPOTENCY_KEY_INVALID: ['not 1 to 255 visible ASCII characters', AS_IT_IS],
  IDEMPOTENCY_KEY_REUSED: [
    'the key was used for another body, or its message ended without being sent',
    'a new message needs a new key',
  ],
  MESSAGE_ID_REUSED: [
    'the id was used for another message, or its message ended without being sent',
    'a new message needs a new id',
  ],
  MESSAGE_UNKNOWN: [
    'no message of this application has this id; one published a moment ago may not be entered yet',
    'again later, or cancel with `?ahead=true`',
  ],
  TOO_LATE: ['the message is handed over or has ended', 'it cannot be cancelled'],
  CURSOR_INVALID: ['`after` is neither a `next` nor a time', AS_IT_IS],
  RECEIVED_UNKNOWN: ['no received message of this application has this id', AS_IT_IS],
  ROUTE_UNKNOWN: ['nothing is at this method and address', 'see `/openapi.json`'],
  METHOD_NOT_ALLOWED: ['this address has other methods; see Allow', 'see `/openapi.json`'],
  METHOD_UNKNOWN: ['no address has this method', AS_IT_IS],
  ADDRESS_INVALID: ['the address cannot be decoded', AS_IT_IS],
  ADDRESS_TOO_LONG: ['the address is too long', AS_IT_IS],
  HEADERS_TOO_LARGE: ['longer than HTTP_HEADER_LIMIT_BYTES, or more than 100 headers', AS_IT_IS],
  REQUEST_TIMEOUT: ['the request did not arrive within HTTP_REQUEST_TIMEOUT_MS', SAME_ID],
  EXPECTATION_UNSUPPORTED: ['an Expect header other than 100-continue', AS_IT_IS],
  REQUEST_INVALID: ['not a valid HTTP request', AS_IT_IS],
  UNCONFIRMED: ['Kafka did not acknowledge in time: the listed `messageIds` may or may not be on their way', SAME_ID],
  MESSAGE_BUSY: ['another session of the database holds the message at this moment', SAME_ID],
  OVERLOADED: [
    'Kafka is unreachable, or too many messages wait for it; nothing of this request was sent',
    'again, with the same id, after Retry-After',
  ],
  UNAVAILABLE: ['Kafka or the database does not answer; see Retry-After', SAME_ID],
  INTERNAL: ['unexpected; it was logged', SAME_ID],
};

export const ENGLISH = {
  statuses: STATUSES,
  rejections: REJECTIONS,
  otherReasons: OTHER_REASONS,
  httpCodes: HTTP_CODES,
  /** The schemas explain the fields. */
  fields: undefined,
  heads: {
    field: ['field', 'type', 'default', 'meaning'],
    status: ['status', 'on `sms.status`', 'final', 'meaning'],
    rejection: ['reason', 'field', 'what is wrong'],
    otherReason: ['reason', 'status', 'meaning'],
    http: ['status', '`error.code`', 'meaning', 'the caller'],
    record: ['record', 'topic', 'key', 'header of version 1'],
  },
  yes: 'yes',
  no: 'no',
  required: '**required**',
  orNull: ', or null',
  comma: ', ',
  recipient: 'the recipient',
  sender: 'the sender',
  rejectionsFollow: 'A message that breaks the contract ends as REJECTED, on HTTP as 400 with the same code:',
  otherReasonsFollow: 'Other reasons:',
};
