import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { Grants } from '../0002-access/grants';
import { LOOKERS, sentView, WORDS } from '../0004-gateway-words/gateway-words';
import type { MigrationStatements } from '../statements';
import { identityOnOracle } from './identity-oracle';

/**
 * The default id of a row that was never handed over. The province has not seen it; the relay
 * replaces it by the id for the province.
 */
const NEW_ID = `replace(gen_random_uuid()::text, '-', '')`;

/** The rights that this migration adds, by role. */
export const IDENTITY_GRANTS: Readonly<Record<string, Grants>> = { sms_relay: { sm_send_t: 'UPDATE (msg_id)' } };

/** Returns rights of 0002 with the names that their columns have from this migration on. Pure. */
export const toRenamedColumns = (relation: string, rights: string): string =>
  relation === 'sm_send_part' ? rights.replace('(message_id)', '(msg_id)') : rights;

/**
 * Refuses the way back when two applications share a messageId: under the old key one of their
 * messages would be lost.
 */
const REFUSE_SHARED = `DO $refuse$
DECLARE
  shared text;
BEGIN
  SELECT message_id INTO shared FROM (SELECT message_id, app_id FROM sm_send_t UNION SELECT message_id, app_id FROM sm_send_t_log) AS m
   GROUP BY message_id HAVING count(*) > 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'MESSAGE_ID % is used by two applications: before this can be undone, one of the two must leave SM_SEND_T and SM_SEND_T_LOG', shared;
  END IF;
END $refuse$`;

/**
 * Makes a messageId unique within its application: the keys of ledger and history become
 * (MESSAGE_ID, APP_ID). The province's MSG_ID has no application, so it gets an id of the platform.
 * The province knows earlier messages by their MESSAGE_ID, which therefore stays their MSG_ID.
 */
const identityOnPostgres = (): MigrationStatements => ({
  up: [
    'ALTER TABLE sm_send_t ADD msg_id varchar(64) COLLATE "C"',
    `UPDATE sm_send_t SET msg_id = CASE WHEN handed_at IS NULL AND status <> 'SCHEDULED' THEN ${NEW_ID} ELSE message_id END`,
    `ALTER TABLE sm_send_t ALTER msg_id SET DEFAULT ${NEW_ID}, ALTER msg_id SET NOT NULL, DROP CONSTRAINT sm_send_t_pkey,
       ADD PRIMARY KEY (message_id, app_id)`,
    // The values are unique and nearly in order, so deduplication would search for equal entries in
    // vain.
    'CREATE UNIQUE INDEX sm_send_t_msg_id ON sm_send_t (msg_id) WITH (deduplicate_items = off)',
    'ALTER TABLE sm_send_t_log ADD msg_id varchar(64) COLLATE "C"',
    'UPDATE sm_send_t_log SET msg_id = message_id',
    'ALTER TABLE sm_send_t_log ALTER msg_id SET NOT NULL, DROP CONSTRAINT sm_send_t_log_pkey, ADD PRIMARY KEY (message_id, app_id)',
    'CREATE INDEX sm_send_t_log_msg_id ON sm_send_t_log (msg_id)',
    'ALTER TABLE sm_send_part RENAME message_id TO msg_id',
    'GRANT UPDATE (msg_id) ON sm_send_t TO sms_relay',
    sentView(`, ${WORDS}, msg_id`).replace('CREATE VIEW', 'CREATE OR REPLACE VIEW'),
  ],
  down: [
    REFUSE_SHARED,
    'DROP VIEW v_send_t_log',
    'REVOKE UPDATE (msg_id) ON sm_send_t FROM sms_relay',
    `UPDATE sm_send_part p SET msg_id = m.message_id
       FROM (SELECT msg_id, message_id FROM sm_send_t UNION ALL SELECT msg_id, message_id FROM sm_send_t_log) AS m
      WHERE p.msg_id = m.msg_id AND m.msg_id <> m.message_id`,
    'ALTER TABLE sm_send_part RENAME msg_id TO message_id',
    'ALTER TABLE sm_send_t_log DROP CONSTRAINT sm_send_t_log_pkey, DROP msg_id, ADD PRIMARY KEY (message_id)',
    'ALTER TABLE sm_send_t DROP CONSTRAINT sm_send_t_pkey, DROP msg_id, ADD PRIMARY KEY (message_id)',
    sentView(`, ${WORDS}`),
    `GRANT SELECT ON v_send_t_log TO ${LOOKERS.join(', ')}`,
  ],
});

/** Returns the statements of this migration, by engine. */
export const createIdentity: {
  readonly pg: (mapping: ExchangeMapping) => MigrationStatements;
  readonly oracledb: typeof identityOnOracle;
} = { pg: identityOnPostgres, oracledb: identityOnOracle };
