/** What a DBA can do about an error, by its code. Each text follows the server's message. */
export const REMEDY: ReadonlyMap<string, string> = new Map([
  [
    'NJS-533',
    'the server demands native network encryption or checksums, which this driver does not have; a DBA sets SQLNET.ENCRYPTION_SERVER and SQLNET.CRYPTO_CHECKSUM_SERVER to REQUESTED in the server’s sqlnet.ora, or gives the listener a TCPS end point (then DATABASE_TLS=true)',
  ],
  ['NJS-138', 'the server is too old: the bridge needs Oracle Database 19c or later for its tables'],
  [
    'NJS-116',
    'the password of this account is only kept in the way of 10g (PASSWORD_VERSIONS in DBA_USERS); a DBA sets SQLNET.ALLOWED_LOGON_VERSION_SERVER to 12 in the server’s sqlnet.ora, SEC_CASE_SENSITIVE_LOGON to TRUE, and gives the account a new password: ALTER USER … IDENTIFIED BY …',
  ],
  [
    'ORA-29275',
    'a text ends in the middle of a character: it was cut by bytes (SUBSTRB), or written under another character set than its own (NLS_LANG). The writer of the table must cut by characters (SUBSTR)',
  ],
  [
    'NJS-100',
    'NCHAR, NVARCHAR2 and NCLOB columns cannot be read under this NLS_NCHAR_CHARACTERSET; a DBA changes it to AL16UTF16, or makes the columns VARCHAR2 or CLOB',
  ],
  [
    'NJS-192',
    'the driver cannot read this column under the database’s character set; a DBA makes it VARCHAR2 or CLOB, or takes a database with AL32UTF8',
  ],
  [
    'NJS-201',
    "a DBA makes the column TIMESTAMP or TIMESTAMP WITH TIME ZONE, or sets the database’s time zone: ALTER DATABASE SET TIME_ZONE = '+00:00'",
  ],
  [
    'ORA-08104',
    'an index build was interrupted, and the server has not cleaned it up yet (SMON does so within the hour; a DBA at once, with DBMS_REPAIR.ONLINE_INDEX_CLEAN); then run it again',
  ],
  ...['ORA-01460', 'ORA-01461', 'ORA-01489'].map(
    (code) =>
      [
        code,
        'a bound text is too large in the database’s character set, which no message causes: report this bug, with NLS_CHARACTERSET and MAX_STRING_SIZE of the server; no message is set aside for it',
      ] as const,
  ),
]);
