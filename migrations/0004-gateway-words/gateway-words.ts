import type { Grants } from '../0002-access/grants';
import { SENT_COLUMNS, view } from '../0002-access/objects';
import { SENT_COLUMNS as SENT_ON_ORACLE, view as viewOnOracle } from '../0002-access/objects-oracle';
import type { MigrationStatements } from '../statements';

const TABLES = ['sm_send_t', 'sm_send_t_log'] as const;

const SETTLED = 'UPDATE (gateway_submitted_at, gateway_done_at, gateway_message)';

export const GATEWAY_WORDS_GRANTS: Readonly<Record<string, Grants>> = {
  sms_collector: { sm_send_t: SETTLED, sm_send_t_log: SETTLED },
};

const GRANTS = TABLES.map((table) => `GRANT ${SETTLED} ON ${table} TO sms_collector`);

/** New columns come last, so that PostgreSQL can replace the view and keep its grants. */
export const WORDS = 'gateway_submitted_at, gateway_done_at, gateway_message';

/**
 * Returns the view of sent messages on PostgreSQL.
 * @param words columns that follow ARCHIVED_AT, each with a comma before it
 */
export const sentView = (words: string): string =>
  view(
    'v_send_t_log',
    'sm_send_t',
    'sm_send_t_log',
    SENT_COLUMNS,
    `NULL::timestamptz(3) AS archived_at${words}`,
    `archived_at${words}`,
  );

export const LOOKERS = ['sms_application', 'sms_customer_service', 'sms_administrator'];

const onPostgres = (): MigrationStatements => ({
  up: [
    ...TABLES.map(
      (table) =>
        `ALTER TABLE ${table} ADD gateway_submitted_at timestamptz(3), ADD gateway_done_at timestamptz(3), ADD gateway_message varchar(200)`,
    ),
    sentView(`, ${WORDS}`).replace('CREATE VIEW', 'CREATE OR REPLACE VIEW'),
    ...GRANTS,
    'ALTER TABLE archive_run ADD purged_taken int NOT NULL DEFAULT 0',
  ],
  down: [
    'ALTER TABLE archive_run DROP purged_taken',
    'DROP VIEW v_send_t_log',
    ...TABLES.map(
      (table) => `ALTER TABLE ${table} DROP gateway_submitted_at, DROP gateway_done_at, DROP gateway_message`,
    ),
    sentView(''),
    `GRANT SELECT ON v_send_t_log TO ${LOOKERS.join(', ')}`,
  ],
});

export const sentViewOnOracle = (words: string): string =>
  viewOnOracle(
    'V_SEND_T_LOG',
    'SM_SEND_T',
    'SM_SEND_T_LOG',
    SENT_ON_ORACLE,
    `CAST(NULL AS TIMESTAMP(3)) AS ARCHIVED_AT${words}`,
    `ARCHIVED_AT${words}`,
  );

const onOracle = (): MigrationStatements => ({
  up: [
    ...TABLES.map(
      (table) =>
        `ALTER TABLE ${table.toUpperCase()} ADD (GATEWAY_SUBMITTED_AT TIMESTAMP(3), GATEWAY_DONE_AT TIMESTAMP(3), GATEWAY_MESSAGE VARCHAR2(200 CHAR))`,
    ),
    sentViewOnOracle(`, ${WORDS.toUpperCase()}`),
    ...GRANTS.map((text) => text.toUpperCase()),
    'ALTER TABLE ARCHIVE_RUN ADD (PURGED_TAKEN NUMBER(10) DEFAULT 0 NOT NULL)',
  ],
  down: [
    'ALTER TABLE ARCHIVE_RUN DROP (PURGED_TAKEN)',
    'DROP VIEW V_SEND_T_LOG',
    ...TABLES.map(
      (table) => `ALTER TABLE ${table.toUpperCase()} DROP (GATEWAY_SUBMITTED_AT, GATEWAY_DONE_AT, GATEWAY_MESSAGE)`,
    ),
    sentViewOnOracle(''),
    ...LOOKERS.map((role) => `GRANT READ ON V_SEND_T_LOG TO ${role.toUpperCase()}`),
  ],
});

/**
 * Adds the gateway's own times and message next to the platform's times. Without indexes, so that
 * an update by an answer can stay in its block.
 */
export const createGatewayWords = { pg: onPostgres, oracledb: onOracle };
