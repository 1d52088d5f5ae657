/** The accounts of docs/oracle.md, with their roles. */
export const DBA_ACCOUNTS = {
  PRODUCER: 'SMS_PRODUCER',
  RELAY: 'SMS_RELAY',
  COLLECTOR: 'SMS_COLLECTOR',
  ARCHIVER: 'SMS_ARCHIVER',
  PROVINCE: 'SMS_PROVINCE',
  BILLING: 'SMS_APPLICATION',
} as const;
