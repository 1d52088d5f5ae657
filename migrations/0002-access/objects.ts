/**
 * The relations that business accounts use in place of the tables: the trigger that completes their
 * rows, and the views that show them their own rows. Rights depend on `session_user`, the account
 * that logged in: SET ROLE does not change it.
 */

/** Error codes of the table interface, class SM; PostgreSQL itself has no such class. */
const REFUSALS = {
  unknownAccount: 'SM001',
  disabledAccount: 'SM002',
  noApplication: 'SM003',
  messageIdInvalid: 'SM004',
} as const;

/**
 * Makes a UUIDv7. The function uuidv7() came with PostgreSQL 18; this expression also runs on older
 * servers. Ids in order of time keep the rows of an hour together in the primary key.
 */
const NEW_MESSAGE_ID = `encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send(floor(extract(epoch FROM NEW.created_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid::text`;

/**
 * Completes a row of the table interface. The function runs as the owner of the tables, because its
 * callers may not read LOGIN_USER. Columns that a business account may not set are set here as
 * well, so that an account with more rights cannot bypass the rules.
 */
const FILL_IN = [
  `CREATE FUNCTION sm_send_t_fill_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $fill_in$
DECLARE
  account login_user%ROWTYPE;
BEGIN
  SELECT * INTO account FROM login_user WHERE username = session_user::text;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the database account "%" is not registered in LOGIN_USER', session_user
      USING ERRCODE = '${REFUSALS.unknownAccount}', HINT = 'An administrator registers it with: sms-bridge app add';
  ELSIF NOT account.enabled THEN
    RAISE EXCEPTION 'the account "%" is disabled in LOGIN_USER', session_user
      USING ERRCODE = '${REFUSALS.disabledAccount}', HINT = 'Ask an administrator of the SMS platform why.';
  ELSIF account.app_id IS NULL THEN
    RAISE EXCEPTION 'the account "%" has no application code in LOGIN_USER, so it cannot send', session_user
      USING ERRCODE = '${REFUSALS.noApplication}', HINT = 'Send with an account that was registered for an application.';
  END IF;
  NEW.created_at := clock_timestamp();
  IF NEW.message_id IS NULL OR NEW.message_id = '' THEN
    NEW.message_id := ${NEW_MESSAGE_ID};
  ELSIF NEW.message_id !~ '^[A-Za-z0-9._:-]{1,64}$' THEN
    RAISE EXCEPTION 'MESSAGE_ID must be 1 to 64 characters out of A-Z a-z 0-9 . _ : -'
      USING ERRCODE = '${REFUSALS.messageIdInvalid}', HINT = 'Leave it out and the database makes one.', COLUMN = 'message_id', TABLE = TG_TABLE_NAME;
  END IF;
  NEW.app_id := account.app_id;
  NEW.status := 'NEW';
  NEW.source := 'table';
  NEW.priority := coalesce(NEW.priority, 1);
  NEW.need_report := coalesce(NEW.need_report, true);
  NEW.reason := NULL;
  NEW.handed_at := NULL;
  NEW.submitted_at := NULL;
  NEW.final_at := NULL;
  NEW.gateway_msg_id := NULL;
  NEW.gateway_code := NULL;
  NEW.part_count := 1;
  NEW.parts_done := 0;
  RETURN NEW;
END $fill_in$`,
  // Names in the function mean the platform's tables, independent of the caller's search_path, and
  // never a temporary table of the caller.
  `DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION sm_send_t_fill_in() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$`,
  'REVOKE ALL ON FUNCTION sm_send_t_fill_in() FROM PUBLIC',
  // The platform's services set `source`, so the trigger costs them nothing.
  `CREATE TRIGGER sm_send_t_fill_in BEFORE INSERT ON sm_send_t FOR EACH ROW WHEN (NEW.source IS NULL)
   EXECUTE FUNCTION sm_send_t_fill_in()`,
];

export const SENT_COLUMNS =
  'message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, status, reason, scheduled_at, expires_at, created_at, ' +
  'handed_at, submitted_at, final_at, gateway_msg_id, gateway_code, part_count, parts_done, source';

const RECEIVED_COLUMNS =
  'received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at, processed_at, processed_by, attempt';

/**
 * Rows of the session's application, for an account that may see only these. The subquery is
 * evaluated once a query, so the index on app_id is used.
 */
export const OWN = `app_id = (SELECT a.app_id FROM login_user a WHERE a.username = session_user::text AND a.enabled AND a.role = 'application')`;

const ALL = `(SELECT a.role IN ('customer-service', 'administrator') FROM login_user a WHERE a.username = session_user::text AND a.enabled)`;

/**
 * Returns a view of live table and history. One statement reads both in one snapshot, so a row that
 * is being moved is seen once.
 * With security_barrier a caller's condition is evaluated only on rows that the caller may see, so
 * that its errors and functions reveal nothing about other rows. The outer SELECT is needed for
 * that: PostgreSQL flattens a view that is only a UNION ALL, and then ignores the barrier.
 */
export const view = (
  name: string,
  day: string,
  history: string,
  columns: string,
  ofDay: string,
  ofHistory: string,
): string =>
  `CREATE VIEW ${name} WITH (security_barrier) AS
SELECT * FROM (
${[OWN, ALL]
  .flatMap((who) => [
    `SELECT ${columns}, ${ofDay} FROM ${day} WHERE ${who}`,
    `SELECT ${columns}, ${ofHistory} FROM ${history} WHERE ${who}`,
  ])
  .join('\nUNION ALL\n')}
) AS visible`;

export const RECEIVED_VIEW = view(
  'v_receive_t',
  'sm_receive_t',
  'sm_receive_t_log',
  RECEIVED_COLUMNS,
  'NULL::timestamptz(3) AS archived_at, NULL::varchar(12) AS outcome',
  'archived_at, outcome',
);

const VIEWS = [
  view(
    'v_send_t_log',
    'sm_send_t',
    'sm_send_t_log',
    SENT_COLUMNS,
    'NULL::timestamptz(3) AS archived_at',
    'archived_at',
  ),
  RECEIVED_VIEW,
];

export const createAccessObjects = [...FILL_IN, ...VIEWS];

export const dropAccessObjects = [
  'DROP VIEW v_send_t_log, v_receive_t',
  'DROP TRIGGER sm_send_t_fill_in ON sm_send_t',
  'DROP FUNCTION sm_send_t_fill_in()',
];
