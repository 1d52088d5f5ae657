import type { Role } from '../../shared/accounts/load-accounts';

/** The group roles that the migrations create. A login has the rights of its role. */
export const DATABASE_ROLES = [
  'sms_producer',
  'sms_relay',
  'sms_collector',
  'sms_archiver',
  'sms_province',
  'sms_application',
  'sms_customer_service',
  'sms_administrator',
] as const;

export type DatabaseRole = (typeof DATABASE_ROLES)[number];

export const toDatabaseRole = (role: Role): DatabaseRole =>
  (
    ({
      application: 'sms_application',
      'customer-service': 'sms_customer_service',
      administrator: 'sms_administrator',
    }) as const
  )[role];

export type NewLogin = {
  readonly username: string;
  readonly password: string;
  readonly role: DatabaseRole;
  /** PostgreSQL: the most sessions at a time; absent: any number. Oracle: its profile says it. */
  readonly connections?: number;
};

/**
 * Creates a login. DB_DENIED means that the creating account may not create logins.
 * @throws BridgeError LOGIN_EXISTS, LOGIN_INVALID, LOGIN_INCOMPLETE, DB_DENIED, DB_…
 */
export type CreateDatabaseLogin = (login: NewLogin) => Promise<void>;

/**
 * Drops a login; the rows that it wrote stay. A login that does not exist is no error.
 * @throws BridgeError DB_…
 */
export type DropDatabaseLogin = (username: string) => Promise<void>;
