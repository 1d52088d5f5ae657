import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { grantsOf } from '../0002-access/access-oracle';
import { type Grants, toGrants } from '../0002-access/grants';
import type { MigrationStatements } from '../statements';

/** NULL in a column means the service's default. */
const LIMITS = 'rate_messages, rate_bytes, max_pending';

const READ_LIMITS: Grants = { login_user: `SELECT (${LIMITS})` };

export const LIMIT_GRANTS: Readonly<Record<string, Grants>> = {
  sms_producer: READ_LIMITS,
  sms_administrator: READ_LIMITS,
};

const viewOnOracle = (limits: string): string => `CREATE OR REPLACE VIEW V_LOGIN_USER AS
SELECT USERNAME, APP_ID, EXT_CODE, ROLE, ENABLED, CREATED_AT, KEY_ROTATED_AT${limits} FROM LOGIN_USER`;

const onPostgres = (): MigrationStatements => ({
  up: [
    `ALTER TABLE login_user ADD rate_messages int CHECK (rate_messages > 0), ADD rate_bytes bigint CHECK (rate_bytes > 0),
       ADD max_pending int CHECK (max_pending > 0)`,
    `GRANT SELECT (${LIMITS}) ON login_user TO ${Object.keys(LIMIT_GRANTS).join(', ')}`,
  ],
  down: ['ALTER TABLE login_user DROP rate_messages, DROP rate_bytes, DROP max_pending'],
});

const onOracle = (mapping: ExchangeMapping): MigrationStatements => ({
  up: [
    `ALTER TABLE LOGIN_USER ADD (RATE_MESSAGES NUMBER(10) CONSTRAINT LOGIN_USER_MESSAGES_CK CHECK (RATE_MESSAGES > 0),
  RATE_BYTES NUMBER(19) CONSTRAINT LOGIN_USER_BYTES_CK CHECK (RATE_BYTES > 0),
  MAX_PENDING NUMBER(10) CONSTRAINT LOGIN_USER_PENDING_CK CHECK (MAX_PENDING > 0))`,
    // The producer reads the table; all others read the view, which keeps its grants.
    viewOnOracle(`, ${LIMITS.toUpperCase()}`),
  ],
  down: [
    'DROP VIEW V_LOGIN_USER',
    'ALTER TABLE LOGIN_USER DROP (RATE_MESSAGES, RATE_BYTES, MAX_PENDING)',
    viewOnOracle(''),
    ...Object.keys(toGrants(mapping)).flatMap((role) =>
      grantsOf(role, mapping).flatMap(([relation, privileges]) =>
        relation === 'V_LOGIN_USER' ? [`GRANT ${privileges} ON V_LOGIN_USER TO ${role.toUpperCase()}`] : [],
      ),
    ),
  ],
});

/** Gives each account limits over HTTP. */
export const createLimits = { pg: onPostgres, oracledb: onOracle };
