// The generated blocks of docs/integrate.md, out of the schemas and of the codes in the sources. Plain Node, no effects.

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
  CONTENT_TOO_LONG: 'more than 1000 characters, or than `CONTENT_MAX`',
  CONTENT_NOT_ENCODABLE: "a character that the database's character set does not have",
  EXT_CODE_INVALID: "not digits, or more than 20 together with the application's own extension code",
  PRIORITY_INVALID: '0 bulk, 1 normal, 2 high or 3 urgent',
  TIME_NOT_MILLISECONDS: 'a time in seconds, in microseconds or as a date in digits: send epoch milliseconds',
  SCHEDULE_INVALID: 'more than 30 days ahead, or a time that cannot be meant: leave it out to send at once',
  VALIDITY_INVALID:
    'not after `scheduledAt` (or `createdAt`), more than 72 h after it, or `createdAt` more than 24 h ahead of now',
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

/** [meaning, what the caller does] of each code of the HTTP interface beside the reasons of a message. */
const HTTP_CODES = {
  KEY_MISSING: ['no `Authorization: Bearer <key>`', AS_IT_IS],
  KEY_INVALID: ['this is not, or no longer, an API key', 'ask the operator'],
  ACCOUNT_DISABLED: ['the account is disabled', 'ask the operator'],
  ROLE_FORBIDDEN: ['the account belongs to no application', 'use the key of an application'],
  RATE_LIMITED: ['too many requests with this key (RATE_LIMIT_PER_SECOND)', 'wait a second, then again'],
  BODY_NOT_UTF8: ['the body is not UTF-8', AS_IT_IS],
  BODY_NOT_JSON: ['the body is not JSON', AS_IT_IS],
  BODY_INVALID: ['the body is no object, or not as long as Content-Length says', AS_IT_IS],
  BODY_TOO_LARGE: ['longer than HTTP_BODY_LIMIT_BYTES', 'split the batch'],
  BATCH_INVALID: ['`messages` is no list of 1 to 1000', AS_IT_IS],
  MESSAGE_INVALID: ['a message is no JSON object, or cannot be written as a record', AS_IT_IS],
  MESSAGE_REFUSED: ['the broker takes every record but this one', 'ask the operator'],
  FIELD_UNKNOWN: ['a field that does not exist; `appId` comes from the key', AS_IT_IS],
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
  ADDRESS_INVALID: ['the address cannot be decoded', AS_IT_IS],
  ADDRESS_TOO_LONG: ['the address is too long', AS_IT_IS],
  HEADERS_TOO_LARGE: ['longer than HTTP_HEADER_LIMIT_BYTES', AS_IT_IS],
  REQUEST_TIMEOUT: ['the request did not arrive within HTTP_REQUEST_TIMEOUT_MS', SAME_ID],
  REQUEST_INVALID: ['not a valid HTTP request', AS_IT_IS],
  UNCONFIRMED: ['Kafka did not acknowledge in time: the listed `messageIds` may or may not be on their way', SAME_ID],
  UNAVAILABLE: ['Kafka or the database does not answer; see Retry-After', SAME_ID],
  INTERNAL: ['unexpected; it was logged', SAME_ID],
};

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map(() => '---|').join('')}`, ...rows.map(row)].join('\n');

/** Both lists must have the same names: a code that is not explained here, and an explanation of a code that is gone, are errors. */
const expectSame = (what, found, explained) => {
  const unexplained = found.filter((name) => !explained.includes(name));
  const gone = explained.filter((name) => !found.includes(name));
  if (unexplained.length + gone.length > 0)
    throw new Error(
      `scripts/docs/render-integrate.mjs: ${what}: not explained: ${unexplained.join(', ') || 'none'}; gone from the code: ${gone.join(', ') || 'none'}`,
    );
};

const fieldsIn = (names) => names.map((name) => `\`${name}\``).join(', ');

const typeOf = (type) => {
  if (Array.isArray(type))
    return `${type
      .filter((one) => one !== 'null')
      .map(typeOf)
      .join(' or ')}, or null`;
  if (typeof type === 'string') return type;
  return type.logicalType ?? type.name ?? type.type;
};

const fieldsOf = ({ fields }) =>
  table(
    ['field', 'type', 'default', 'meaning'],
    fields.map(({ name, type, doc, default: value }) => [
      `\`${name}\``,
      typeOf(type),
      value === undefined ? '**required**' : `\`${JSON.stringify(value)}\``,
      doc,
    ]),
  );

const statusBlock = ({ ledgerStatuses, eventStatuses }) => {
  expectSame('statuses', [...new Set([...ledgerStatuses, ...eventStatuses])], Object.keys(STATUSES));
  return table(
    ['status', 'on `sms.status`', 'final', 'meaning'],
    Object.entries(STATUSES).map(([name, [final, meaning]]) => [
      `\`${name}\``,
      eventStatuses.includes(name) ? 'yes' : 'no',
      final,
      meaning,
    ]),
  );
};

const reasonsBlock = ({ sendProblems, fieldsOf: fieldsOfReason, codesInServices }) => {
  expectSame('reasons of a rejection', sendProblems, Object.keys(REJECTIONS));
  const others = Object.keys(OTHER_REASONS);
  expectSame(
    'other reasons',
    others.filter((name) => codesInServices.has(name)),
    others,
  );
  return [
    'A message that breaks the contract ends as REJECTED, on HTTP as 400 with the same code:',
    table(
      ['reason', 'field', 'what is wrong'],
      sendProblems.map((name) => [`\`${name}\``, fieldsIn(fieldsOfReason(name)), REJECTIONS[name]]),
    ),
    'Other reasons:',
    table(
      ['reason', 'status', 'meaning'],
      Object.entries(OTHER_REASONS).map(([name, [status, meaning]]) => [`\`${name}\``, status, meaning]),
    ),
  ].join('\n\n');
};

const httpBlock = ({ httpCodes }) => {
  expectSame('codes of the HTTP interface', [...httpCodes.keys()], Object.keys(HTTP_CODES));
  const rows = Object.entries(HTTP_CODES).map(([name, [meaning, todo]]) => ({
    name,
    meaning,
    todo,
    status: httpCodes.get(name),
  }));
  rows.sort((a, b) => a.status - b.status);
  return table(
    ['status', '`error.code`', 'meaning', 'the caller'],
    rows.map(({ status, name, meaning, todo }) => [String(status), `\`${name}\``, meaning, todo]),
  );
};

const fingerprintsBlock = ({ records }) =>
  table(
    ['record', 'topic', 'key', 'header of version 1'],
    records.map(({ schema, topic, key, header }) => [`\`${schema.name}\``, `\`${topic}\``, key, `\`${header}\``]),
  );

/** The blocks by name. */
export const renderBlocks = (facts) => ({
  statuses: statusBlock(facts),
  reasons: reasonsBlock(facts),
  http: httpBlock(facts),
  headers: fingerprintsBlock(facts),
  ...Object.fromEntries(facts.records.map(({ schema }) => [schema.name, fieldsOf(schema)])),
});

const begin = (name) => `<!-- ${name}: written by npm run docs:integrate -->`;
const END = '<!-- end -->';

/** The document with its blocks replaced. */
export const replaceBlocks = (text, blocks) =>
  Object.entries(blocks).reduce((document, [name, block]) => {
    const [before, rest] = document.split(`${begin(name)}\n`);
    if (rest === undefined) throw new Error(`docs/integrate.md has no block ${begin(name)}`);
    return `${before}${begin(name)}\n${block}\n${rest.slice(rest.indexOf(END))}`;
  }, text);
