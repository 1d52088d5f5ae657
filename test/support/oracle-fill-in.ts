import { FILL_IN } from '../../migrations/0002-access-objects-oracle';
import type { OracleServerOptions } from './oracle-server/open-oracle-server';

/**
 * What stands on the stand-in for the trigger that completes rows: our word for what its PL/SQL does, which only a real Oracle can confirm. Its row level
 * is real: PostgreSQL fires this for each row, and it reads LOGIN_USER as the owner.
 */
export const FILL_IN_DEFINITION: NonNullable<OracleServerOptions['definitions']> = {
  [FILL_IN]: ({ schema }) => [
    `CREATE OR REPLACE FUNCTION ${schema}.sm_send_t_fill_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$
DECLARE
  who text := ora.sys_context('USERENV', 'SESSION_USER');
  account record;
BEGIN
  SELECT app_id, enabled INTO account FROM ${schema}.login_user WHERE username = who;
  IF NOT FOUND THEN
    PERFORM ora.raise_error(20001, pg_catalog.format('the database account "%s" is not registered in LOGIN_USER', who));
  ELSIF account.enabled <> 1 THEN
    PERFORM ora.raise_error(20002, pg_catalog.format('the account "%s" is disabled in LOGIN_USER', who));
  ELSIF account.app_id IS NULL THEN
    PERFORM ora.raise_error(20003, pg_catalog.format('the account "%s" has no application code in LOGIN_USER', who));
  END IF;
  NEW.created_at := pg_catalog.timezone('UTC', pg_catalog.clock_timestamp());
  IF NEW.message_id IS NULL OR pg_catalog.length(NEW.message_id) = 0 THEN
    NEW.message_id := pg_catalog.encode(pg_catalog.set_bit(pg_catalog.set_bit(overlay(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
      PLACING substring(pg_catalog.int8send(pg_catalog.floor(extract(epoch FROM NEW.created_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid::text;
  ELSIF pg_catalog.translate(NEW.message_id, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-', '') OPERATOR(pg_catalog.<>) '' THEN
    PERFORM ora.raise_error(20004, 'MESSAGE_ID must be 1 to 64 characters out of A-Z a-z 0-9 . _ : -');
  END IF;
  NEW.app_id := account.app_id; NEW.status := 'NEW'; NEW.source := 'table';
  NEW.priority := coalesce(NEW.priority, 1); NEW.need_report := coalesce(NEW.need_report, 1);
  NEW.reason := NULL; NEW.handed_at := NULL; NEW.submitted_at := NULL; NEW.final_at := NULL; NEW.gateway_msg_id := NULL; NEW.gateway_code := NULL;
  NEW.part_count := 1; NEW.parts_done := 0;
  RETURN NEW;
END $f$`,
    `CREATE OR REPLACE TRIGGER sm_send_t_fill_in BEFORE INSERT ON ${schema}.sm_send_t FOR EACH ROW WHEN (NEW.source IS NULL)
     EXECUTE FUNCTION ${schema}.sm_send_t_fill_in()`,
  ],
};
