import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { grantsOf } from '../0002-access/access-oracle';
import { type Grants, MESSAGE } from '../0002-access/grants';
import { OWN } from '../0002-access/objects';
import { OWN as OWN_ON_ORACLE } from '../0002-access/objects-oracle';
import type { MigrationStatements } from '../statements';

const SENDER: Grants = { v_send_t: `SELECT, ${MESSAGE}` };

export const SEND_VIEW_GRANTS: Readonly<Record<string, Grants>> = {
  sms_application: SENDER,
  sms_customer_service: SENDER,
};

const COLUMNS =
  'message_id, app_id, ext_code, dest_addr, content, priority, need_report, context, scheduled_at, expires_at, created_at, status, reason';

const onPostgres = (): MigrationStatements => ({
  up: [
    `CREATE VIEW v_send_t WITH (security_barrier) AS SELECT ${COLUMNS} FROM sm_send_t WHERE ${OWN}`,
    ...Object.entries(SEND_VIEW_GRANTS).map(([role, { v_send_t }]) => `GRANT ${v_send_t} ON v_send_t TO ${role}`),
  ],
  down: ['DROP VIEW v_send_t'],
});

const onOracle = (mapping: ExchangeMapping): MigrationStatements => ({
  up: [
    `CREATE OR REPLACE VIEW V_SEND_T AS
SELECT ${COLUMNS.toUpperCase()} FROM SM_SEND_T WHERE ${OWN_ON_ORACLE}`,
    ...Object.keys(SEND_VIEW_GRANTS).flatMap((role) =>
      grantsOf(role, mapping, SEND_VIEW_GRANTS).map(
        ([relation, privileges]) => `GRANT ${privileges} ON ${relation} TO ${role.toUpperCase()}`,
      ),
    ),
  ],
  down: ['DROP VIEW V_SEND_T'],
});

/**
 * Creates a view to send through: `INSERT … RETURNING MESSAGE_ID`. RETURNING needs the right to
 * read the column, which on SM_SEND_T would show the rows of all applications.
 */
export const createSendView = { pg: onPostgres, oracledb: onOracle };
