/** What the columns of a message mean, in tables and views. docs/tables.md shows the same texts. */
export const MESSAGE_WORDS: Readonly<Record<string, string>> = {
  MESSAGE_ID:
    'Id of the message, unique within its application. The sender may set it; otherwise the database makes one.',
  APP_ID: 'Application that sends the message. The database takes it from LOGIN_USER.',
  EXT_CODE: "Digits that follow the access number: first the application's extension, then the sender's.",
  DEST_ADDR:
    'Recipient. The bridge writes a mobile number as 86 and 11 digits; text that is no number stays as it was typed.',
  CONTENT: 'Text of the message.',
  PRIORITY:
    '0 bulk, 1 normal, 2 high, 3 urgent. It is passed on to the province; the bridge hands over in order of arrival.',
  NEED_REPORT: 'Whether the message ends with a delivery report. Without one, SUBMITTED is final.',
  CONTEXT: "The sender's own note. Every event about the message repeats it.",
  STATUS:
    'NEW, QUEUED, SCHEDULED, HANDED, SUBMITTED, SUBMIT_FAILED, DELIVERED, UNDELIVERED, EXPIRED, REJECTED, CANCELLED or UNKNOWN. It moves forward only.',
  REASON: 'Why the message ended without being delivered, as a stable code.',
  SCHEDULED_AT: 'Time before which the message is not sent. NULL: at once.',
  EXPIRES_AT: 'Time after which the message is not sent.',
  CREATED_AT: 'When the sender created the message; for rows of SM_SEND_T, when the row was inserted.',
  HANDED_AT: 'When the bridge put the message into the exchange table.',
  SUBMITTED_AT: 'When the bridge noted the submit result.',
  FINAL_AT: 'When the bridge noted how the message ended. NULL: it has not ended.',
  GATEWAY_MSG_ID: 'Id that the gateway gave the message, or its first segment.',
  GATEWAY_CODE: 'Last code of the gateway, as the gateway wrote it.',
  PART_COUNT: 'Number of segments.',
  PARTS_DONE: 'Number of segments with a final delivery report.',
  SOURCE: 'Way in: kafka, http or table.',
  ARCHIVED_AT: 'When the row moved to the history. NULL: it is in the live table.',
  GATEWAY_SUBMITTED_AT: 'When the gateway took the message, by the clock of the gateway.',
  GATEWAY_DONE_AT: 'When the message reached the phone or failed, by the clock of the gateway.',
  GATEWAY_MESSAGE: 'Text of the gateway beside its code.',
  MSG_ID: 'Id of the message towards the province.',
};

export const RECEIVED_WORDS: Readonly<Record<string, string>> = {
  RECEIVED_ID: 'Id of the received message.',
  SRC_ADDR: 'Sender. A mobile number is written as 86 and 11 digits.',
  DEST_ADDR: 'Number that the message was sent to. NULL: the province did not give it.',
  EXT_CODE: 'Digits after the access number, which find the application.',
  APP_ID: 'Application that the message is for. NULL: none has this extension.',
  CONTENT: 'Text of the message.',
  RECEIVED_AT: 'When the gateway received the message.',
  RECORDED_AT: 'When the bridge entered the message.',
  OFFERED_AT: 'When the message was last published on sms.received.',
  PROCESSED_AT: 'When an application acknowledged the message. NULL: it is not acknowledged.',
  PROCESSED_BY: 'Application that acknowledged the message.',
  ATTEMPT: 'How often the message was published.',
  ARCHIVED_AT: 'When the row moved to the history. NULL: it is in the live table.',
  OUTCOME: 'How the message left the live table: processed or unprocessed. NULL: it is there.',
};

export const ACCOUNT_WORDS: Readonly<Record<string, string>> = {
  USERNAME: 'Name of the account; also of its API key, and of its database login if it has one.',
  APP_ID: 'Application that the account sends and receives for.',
  EXT_CODE: 'Extension code of the application: replies to it go to this application.',
  ROLE: 'application: sees its own messages; customer-service and administrator: all messages.',
  API_KEY_HASH: 'Hash of the API key. NULL: no key.',
  ENABLED: 'Whether the account may send and see.',
  CREATED_AT: 'When the account was registered.',
  KEY_ROTATED_AT: 'When the account got its present API key.',
  RATE_MESSAGES: "Messages a second over HTTP, on each instance. NULL: the producer's default.",
  RATE_BYTES: "Bytes of bodies a second over HTTP, on each instance. NULL: the producer's default.",
  MAX_PENDING: "Messages that wait for Kafka at a time, on each instance. NULL: the producer's default.",
};

/** What the tables and views hold. */
export const RELATION_WORDS: Readonly<Record<string, string>> = {
  SM_SEND_T:
    'The ledger: one row a message, until it is final, past its validity, and the night has come. Business systems insert here.',
  SM_SEND_T_LOG: 'History of SM_SEND_T.',
  SM_SEND_PART: 'Segments and further gateway ids of a message.',
  SM_REPORT_WAIT: 'Delivery reports that wait for their message.',
  SM_RELAY_PARKED: 'Records before the offset that are not handed over yet. Never delete a row.',
  SM_RECEIVE_T: 'Received messages, until they are acknowledged.',
  SM_RECEIVE_T_LOG: 'History of SM_RECEIVE_T.',
  SM_RECEIVE_ACK: 'Acknowledgements that came before their message.',
  RELAY_OFFSET: 'Position of the relay in each partition. Never change it by hand.',
  CONSUMER_MEMBER: 'Member id of each instance in its consumer group.',
  LOGIN_USER: 'Accounts of business systems: application, extension code, role, hash of the key, limits.',
  ARCHIVE_RUN: 'Night runs with their counts.',
  ARCHIVE_LOCK: 'One row, which lets one archiver run at a time. Never delete it.',
};

export const VIEW_WORDS: Readonly<Record<string, string>> = {
  V_SEND_T: "The account's own live messages. INSERT with RETURNING MESSAGE_ID is allowed here.",
  V_SEND_T_LOG: "Messages, live and history: the account's own, or all for customer service.",
  V_RECEIVE_T: "Received messages, live and history: the account's own, or all for customer service.",
};
