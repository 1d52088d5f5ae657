import type { Role } from '../../shared/accounts/load-accounts';

/** The group roles that the migrations make: what a login may do comes from the one it is in. */
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

/** The database role of a registered account. */
export const toDatabaseRole = (role: Role): DatabaseRole =>
  (
    ({
      application: 'sms_application',
      'customer-service': 'sms_customer_service',
      administrator: 'sms_administrator',
    }) as const
  )[role];

/** A login for a person, a business system or a service. `password` never becomes part of a text on our side. */
export type NewLogin = { readonly username: string; readonly password: string; readonly role: DatabaseRole };

/** @throws BridgeError LOGIN_EXISTS, LOGIN_INVALID, LOGIN_INCOMPLETE, DB_DENIED when the account that does this may not create logins, DB_… */
export type CreateDatabaseLogin = (login: NewLogin) => Promise<void>;

/** Its rows stay. Nothing happens when there is no such login. @throws BridgeError DB_… */
export type DropDatabaseLogin = (username: string) => Promise<void>;
