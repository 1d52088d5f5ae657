import { answerTriggers } from '../../migrations/answers/switch-answers';
import { EVENT_NAMESPACE } from '../../services/shared/event-id';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import type { OracleServerOptions } from './oracle-server/open-oracle-server';

type Definitions = NonNullable<OracleServerOptions['definitions']>;

const TRIGGERS = answerTriggers(loadExchangeNames(), 'CN');

const NOW = `timezone('UTC', clock_timestamp())`;
const AS_OWNER = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS';

const settleIn = (
  table: string,
): string => `FOR m IN SELECT message_id, status, part_count FROM ${table} WHERE message_id = id FOR UPDATE LOOP
    next := ora.answers_next(m.status, said);
    UPDATE ${table} SET status = next, reason = CASE WHEN next = m.status THEN reason END,
      submitted_at = coalesce(submitted_at, CASE WHEN taken THEN ${NOW} END), gateway_msg_id = coalesce(gateway_msg_id, gateway),
      gateway_code = CASE WHEN next = m.status THEN coalesce(gateway_code, code) ELSE code END,
      parts_done = CASE WHEN next <> m.status AND next = 'DELIVERED' THEN part_count ELSE parts_done END,
      final_at = CASE WHEN next <> m.status AND next <> 'SUBMITTED' THEN ${NOW} ELSE final_at END
    WHERE message_id = m.message_id;
    RETURN;
  END LOOP;`;

/** What the triggers share. */
const shared = (schema: string): readonly string[] => {
  const byKey = (table: string) =>
    `SELECT message_id FROM ${schema}.${table} WHERE ltrim(upper(gateway_msg_id), '0') = key AND coalesce(submitted_at, handed_at) >= ${NOW} - interval '3 days'`;
  return [
    'CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA ora',
    `CREATE OR REPLACE FUNCTION ora.answers_next(status varchar, said varchar) RETURNS varchar ${AS_OWNER} $f$
DECLARE
  ranked text[] := ARRAY['NEW', 'QUEUED', 'SCHEDULED', 'HANDED', 'SUBMITTED', 'UNKNOWN'];
  before int := coalesce(array_position(ranked, status::text), 7);
  behind int := coalesce(array_position(ranked, said::text), 7);
BEGIN
  IF behind <= before OR (said = 'SUBMIT_FAILED' AND before >= 5) THEN RETURN status; END IF;
  IF status = 'UNKNOWN' AND said NOT IN ('DELIVERED', 'EXPIRED') THEN RETURN 'UNDELIVERED'; END IF;
  RETURN said;
END $f$`,
    `CREATE OR REPLACE FUNCTION ora.answers_settle(id varchar, said varchar, taken boolean, gateway varchar, code varchar) RETURNS void ${AS_OWNER} $f$
DECLARE
  m record;
  next varchar;
BEGIN
  ${settleIn(`${schema}.sm_send_t`)}
  ${settleIn(`${schema}.sm_send_t_log`)}
END $f$`,
    `CREATE OR REPLACE FUNCTION ora.answers_report(given_id varchar, gateway varchar, stat varchar, err varchar) RETURNS void ${AS_OWNER} $f$
DECLARE
  code varchar := trim(CASE WHEN coalesce(trim(stat), '') = '' THEN err ELSE stat END);
  key varchar := ltrim(upper(trim(gateway)), '0');
  id varchar;
  found int;
BEGIN
  SELECT min(message_id) INTO id FROM (SELECT message_id FROM ${schema}.sm_send_t WHERE message_id = trim(given_id)
    UNION ALL SELECT message_id FROM ${schema}.sm_send_t_log WHERE message_id = trim(given_id)) f;
  IF id IS NULL AND key <> '' THEN
    SELECT min(message_id), count(*) INTO id, found FROM (${byKey('sm_send_t')} UNION ALL ${byKey('sm_send_t_log')}) f;
    IF found > 1 THEN RETURN; END IF;
  END IF;
  IF id IS NULL OR coalesce(code, '') = '' THEN RETURN; END IF;
  PERFORM ora.answers_settle(id, CASE WHEN upper(code) ~ '^(DELIVRD|0|000)$' THEN 'DELIVERED' WHEN upper(code) = 'EXPIRED' THEN 'EXPIRED'
    WHEN upper(code) ~ '^(UNDELIV|DELETED|REJECTD|REJECT)$|^(M[A-Z]:|ID:|LT:|BLACK|BLOCKED|BEYOND|NOROUTE|NONCHN|SIGFAIL|KEYWORD|PHONEERR)' THEN 'UNDELIVERED'
    ELSE 'SUBMITTED' END, true, nullif(trim(gateway), ''), left(code, 32));
END $f$`,
    `CREATE OR REPLACE FUNCTION ora.answers_part(part varchar) RETURNS varchar ${AS_OWNER} $f$
BEGIN
  IF part IS NULL THEN RETURN '~'; END IF;
  RETURN (char_length(part) + (SELECT count(*) FROM regexp_matches(part, '[\\U00010000-\\U0010FFFF]', 'g')))::text || ':' || part;
END $f$`,
    `CREATE OR REPLACE FUNCTION ora.answers_received_id(seq text, sender varchar, dest varchar, content varchar, at timestamp) RETURNS varchar ${AS_OWNER} $f$
DECLARE
  ms text := (extract(epoch FROM at) * 1000)::bigint::text;
  bytes bytea := decode('${EVENT_NAMESPACE.replaceAll('-', '')}', 'hex') || convert_to(ora.answers_part('exchange-recv') || ora.answers_part(seq)
    || ora.answers_part(sender) || ora.answers_part(dest) || ora.answers_part(content) || ora.answers_part(ms), 'UTF8');
  hex text;
BEGIN
  IF octet_length(bytes) > 2000 THEN RETURN NULL; END IF;
  hex := encode(ora.digest(bytes, 'sha1'), 'hex');
  RETURN substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-5' || substr(hex, 14, 3) || '-' || translate(substr(hex, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab')
    || substr(hex, 18, 3) || '-' || substr(hex, 21, 12);
END $f$`,
  ];
};

/** One trigger: it fires when all rows of a statement are in, moves them, and settles each. */
const moving = (schema: string, name: string, columns: string, settle: string): readonly string[] => [
  `CREATE OR REPLACE FUNCTION ora.answers_move_${name}() RETURNS trigger ${AS_OWNER} $f$
DECLARE
  r record; e record; id varchar; dest varchar; app varchar; ext varchar;
BEGIN
  BEGIN
    INSERT INTO ${schema}.sm_${name}_kept (${columns}, kept_at) SELECT ${columns}, ${NOW} FROM added;
    DELETE FROM ${schema}.client_sms_${name} WHERE seq_id IN (SELECT seq_id FROM added);
  EXCEPTION WHEN OTHERS THEN RETURN NULL;
  END;
  FOR r IN SELECT * FROM added ORDER BY seq_id LOOP
    BEGIN
      ${settle}
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN NULL;
END $f$`,
  `CREATE OR REPLACE TRIGGER sm_${name}_to_day AFTER INSERT ON ${schema}.client_sms_${name} REFERENCING NEW TABLE AS added
   FOR EACH STATEMENT EXECUTE FUNCTION ora.answers_move_${name}()`,
];

const RESP = (
  schema: string,
): string => `PERFORM ora.answers_settle(trim(r.msg_id), CASE WHEN trim(r.result) ~ '^0+$' THEN 'SUBMITTED' ELSE 'SUBMIT_FAILED' END, trim(r.result) ~ '^0+$',
        nullif(trim(r.gateway_msg_id), ''), left(trim(r.result), 32)) WHERE coalesce(trim(r.result), '') <> '';
      FOR e IN SELECT * FROM ${schema}.sm_report_kept k WHERE ltrim(upper(trim(k.gateway_msg_id)), '0') = ltrim(upper(trim(r.gateway_msg_id)), '0') LOOP
        PERFORM ora.answers_report(e.msg_id, e.gateway_msg_id, e.stat, e.err_code);
      END LOOP;`;

const RECV = (
  schema: string,
): string => `id := ora.answers_received_id(r.seq_id::text, r.src_addr, r.dest_addr, r.content, r.recv_time);
      IF id IS NOT NULL AND char_length(trim(r.src_addr)) BETWEEN 1 AND 32 AND coalesce(trim(r.dest_addr), '') <> '' THEN
        UPDATE ${schema}.sm_recv_kept SET received_id = id WHERE seq_id = r.seq_id;
        dest := replace(replace(r.dest_addr, ' ', ''), '-', ''); app := NULL; ext := NULL;
        IF dest ~ '^(\\+|(\\+|00)?86)?106980' THEN
          dest := regexp_replace(dest, '^(\\+|(\\+|00)?86)?106980', '');
          SELECT a.app_id, a.ext_code INTO app, ext FROM ${schema}.login_user a WHERE a.app_id IS NOT NULL AND left(dest, char_length(a.ext_code)) = a.ext_code
           ORDER BY char_length(a.ext_code) DESC, a.app_id LIMIT 1;
        END IF;
        INSERT INTO ${schema}.sm_receive_t (received_id, src_addr, dest_addr, ext_code, app_id, content, received_at, recorded_at, offered_at)
        VALUES (id, regexp_replace(trim(r.src_addr), '^(?:(?:\\+|00)?86)?(1(?:[3-9][0-9]{9}|(?:064|4[014]0)[0-9]{9}))$', '86\\1'), r.dest_addr, ext, app, r.content,
          coalesce(r.recv_time, ${NOW}), ${NOW}, ${NOW});
      END IF;`;

/** Where the country is this one, the trigger of received messages does not compile. */
export const COUNTRY_WITH_ERRORS = 'US';

/**
 * What stands on the stand-in for the triggers that settle answers in the database: our word for what their PL/SQL does, which only a real Oracle can
 * confirm. That they fire once a statement, after its rows, and that the rows of a failed move stay, is PostgreSQL's doing here.
 */
export const ANSWERS_DEFINITIONS: Definitions = {
  [TRIGGERS.resp]: ({ schema }) => [
    ...shared(schema),
    ...moving(schema, 'resp', 'seq_id, msg_id, gateway_msg_id, result, result_desc, resp_time', RESP(schema)),
  ],
  [TRIGGERS.report]: ({ schema }) =>
    moving(
      schema,
      'report',
      'seq_id, gateway_msg_id, msg_id, dest_addr, stat, err_code, submit_time, done_time',
      'PERFORM ora.answers_report(r.msg_id, r.gateway_msg_id, r.stat, r.err_code);',
    ),
  [answerTriggers(loadExchangeNames(), COUNTRY_WITH_ERRORS).recv]: ({ name }) => [
    `INSERT INTO ora.code_errors VALUES ('YJSMS', '${name}', 'TRIGGER', 7, 'PLS-00225: subprogram or cursor is out of scope')`,
  ],
  [TRIGGERS.recv]: ({ schema }) =>
    moving(schema, 'recv', 'seq_id, src_addr, dest_addr, content, msg_fmt, recv_time', RECV(schema)),
};
