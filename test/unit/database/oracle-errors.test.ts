import { toOracleError } from '../../../shared/database/oracle/oracle-errors';

describe('errors of the Oracle driver', () => {
  it.each([
    // the main cases
    ['ORA-00001', 'DB_UNIQUE', false],
    ['ORA-00054', 'DB_LOCKED', true],
    ['ORA-00060', 'DB_DEADLOCK', true],
    ['ORA-01017', 'DB_LOGIN', false],
    ['ORA-01034', 'DB_UNAVAILABLE', true],
    ['ORA-01555', 'DB_SERIALIZATION', true],
    ['ORA-01653', 'DB_FULL', true],
    ['ORA-03113', 'DB_UNAVAILABLE', true],
    ['ORA-03114', 'DB_UNAVAILABLE', true],
    ['ORA-03135', 'DB_UNAVAILABLE', true],
    ['ORA-04091', 'DB_SCHEMA', false],
    ['ORA-12154', 'DB_SETTINGS', false],
    ['ORA-12514', 'DB_UNAVAILABLE', true],
    ['ORA-12541', 'DB_UNAVAILABLE', true],
    ['ORA-12570', 'DB_UNAVAILABLE', true],
    ['ORA-25408', 'DB_UNAVAILABLE', true],
    // locked: a DBA may unlock it while we wait; expired: it needs another password
    ['ORA-28000', 'DB_LOGIN', true],
    ['ORA-28001', 'DB_LOGIN', false],
    ['ORA-30006', 'DB_LOCKED', true],
    ['NJS-500', 'DB_UNAVAILABLE', true],
    ['NJS-503', 'DB_UNAVAILABLE', true],
    ['NJS-510', 'DB_UNAVAILABLE', true],
    ['NJS-040', 'DB_UNAVAILABLE', true],
    ['NJS-123', 'DB_TIMEOUT', true],
    ['NJS-116', 'DB_LOGIN', false],
    ['NJS-517', 'DB_SETTINGS', false],
    ['DPI-1010', 'DB_UNAVAILABLE', true],
    ['DPI-1067', 'DB_TIMEOUT', true],
    ['DPI-1080', 'DB_UNAVAILABLE', true],
    // further errors of a year in production
    ['ORA-00018', 'DB_UNAVAILABLE', true],
    ['ORA-00257', 'DB_FULL', true],
    // a DBA grants the quota
    ['ORA-01950', 'DB_FULL', true],
    ['ORA-00439', 'DB_SETTINGS', false],
    ['ORA-00942', 'DB_SCHEMA', false],
    ['ORA-01013', 'DB_TIMEOUT', true],
    ['ORA-01031', 'DB_DENIED', false],
    ['ORA-41900', 'DB_DENIED', false],
    ['ORA-01033', 'DB_UNAVAILABLE', true],
    ['ORA-01045', 'DB_DENIED', false],
    ['ORA-01400', 'DB_DATA', false],
    ['ORA-01691', 'DB_FULL', true],
    ['ORA-08177', 'DB_SERIALIZATION', true],
    ['ORA-12899', 'DB_DATA', false],
    ['ORA-16000', 'DB_UNAVAILABLE', true],
    ['ORA-02291', 'DB_DATA', false],
    ['ORA-01000', 'DB_UNAVAILABLE', true],
    ['ORA-04031', 'DB_UNAVAILABLE', true],
    ['ORA-04036', 'DB_UNAVAILABLE', true],
    ['ORA-08103', 'DB_SERIALIZATION', true],
    ['ORA-01410', 'DB_SERIALIZATION', true],
    ['ORA-01502', 'DB_SCHEMA', true],
    ['ORA-03156', 'DB_TIMEOUT', true],
    ['ORA-00604', 'DB_UNAVAILABLE', true],
    ['ORA-12801', 'DB_UNAVAILABLE', true],
    // no quota at all, found by the first row of a table; the first extent; a container or a free
    // edition at its limit
    ['ORA-01950', 'DB_FULL', true],
    ['ORA-01658', 'DB_FULL', true],
    ['ORA-65114', 'DB_FULL', true],
    ['ORA-12953', 'DB_FULL', true],
    // limits of a profile and of the Resource Manager, for the call and the session
    ['ORA-02393', 'DB_TIMEOUT', true],
    ['ORA-00040', 'DB_TIMEOUT', true],
    ['ORA-02399', 'DB_UNAVAILABLE', true],
    ['ORA-00041', 'DB_UNAVAILABLE', true],
    // in restricted mode, or shutting down
    ['ORA-01035', 'DB_UNAVAILABLE', true],
    ['ORA-12526', 'DB_UNAVAILABLE', true],
    ['ORA-01014', 'DB_UNAVAILABLE', true],
    ['ORA-04030', 'DB_UNAVAILABLE', true],
    ['ORA-99999', 'DB_ERROR', false],
  ])('map %s to %s, retryable: %s', (code, ours, retryable) => {
    expect(toOracleError({ code, message: `${code}: text` })).toMatchObject({ code: ours, retryable });
  });

  it('recognise a lost connection by each of its numbers', () => {
    expect(toOracleError({ code: 'NJS-500', errorNum: 942, message: 'NJS-500: lost' })).toMatchObject({
      code: 'DB_UNAVAILABLE',
    });
  });

  it.each([
    ['ORA-00604: error occurred at recursive SQL level 1', 'ORA-01653: unable to extend table A.B', 'DB_FULL', true],
    [
      'ORA-00604: error occurred at recursive SQL level 1',
      'ORA-00942: table or view does not exist',
      'DB_SCHEMA',
      false,
    ],
    ['ORA-00604: error occurred at recursive SQL level 1', 'ORA-20001: not today', 'DB_UNAVAILABLE', true],
    [
      'ORA-12801: error signaled in parallel query server P000',
      'ORA-02290: check constraint (A.B) violated',
      'DB_DATA',
      false,
    ],
  ])('map %s to the error below it: %s', (first, second, ours, retryable) => {
    const error = toOracleError({ code: first.slice(0, 9), message: `${first}\n${second}` });
    expect(error).toMatchObject({ code: ours, retryable });
    expect(error?.message).toContain(second);
  });

  it('include entries of batchErrors, which have only a message', () => {
    const entry = { offset: 3, message: 'ORA-00001: unique constraint (A.B) violated' };
    expect(toOracleError(entry)).toMatchObject({
      code: 'DB_UNIQUE',
      message: 'unique constraint (A.B) violated [ORA-00001]',
    });
  });

  it('leave out the values that newer releases quote in the message', () => {
    const unique = 'ORA-00001: unique constraint (A.B) violated\nORA-03301: (DEST_ADDR:13800138000) already exists';
    expect(toOracleError({ message: unique })?.message).not.toContain('13800138000');
    for (const text of [
      'ORA-01722: unable to convert string value containing secret to a number: COLUMN',
      // a server speaks the language of its installation
      'ORA-01722: 无法将包含 secret 的字符串值转换为数字',
      'ORA-01438: 值 secret 大于为此列指定的允许精度',
      'ORA-01861: 文字 secret 与格式字符串不匹配',
      'ORA-12801: 并行查询服务器 P000 中发出错误信号\nORA-01722: 无法将 secret 转换为数字',
    ])
      expect(toOracleError({ message: text })?.message).not.toContain('secret');
  });

  it('mark a MERGE whose row changed again and again as retryable', () => {
    expect(
      toOracleError({ message: 'ORA-30926: unable to get a stable set of rows in the source tables' }),
    ).toMatchObject({
      code: 'DB_SERIALIZATION',
      retryable: true,
    });
  });

  it('leave out the statement and its values, which knex puts before the message', () => {
    const message = "INSERT INTO T (A) VALUES ('secret') - ORA-01950: no privileges on tablespace 'USERS'";
    expect(toOracleError({ code: 'ORA-01950', message })).toMatchObject({
      code: 'DB_FULL',
      message: "no privileges on tablespace 'USERS' [ORA-01950]",
    });
  });

  it('do not include other errors', () => {
    expect(toOracleError(new Error('ORA is a word'))).toBeUndefined();
    expect(toOracleError(undefined)).toBeUndefined();
  });
});

describe('the remedy of a DBA', () => {
  it.each([
    ['NJS-138', 'connections to this database server version are not supported', 'DB_SETTINGS', false, '19c or later'],
    ['NJS-533', 'Advanced Networking Option … Cause: ORA-12660', 'DB_SETTINGS', false, 'REQUESTED'],
    ['NJS-116', 'password verifier type 0x939 is not supported', 'DB_LOGIN', false, 'ALTER USER'],
    ['NJS-100', 'national character set id 871 is not supported', 'DB_SETTINGS', true, 'AL16UTF16'],
    ['NJS-192', 'Character set id 871 is not supported', 'DB_SETTINGS', true, 'AL32UTF8'],
    ['NJS-201', 'TIMESTAMP WITH LOCAL TIME ZONE is not supported', 'DB_SETTINGS', true, 'ALTER DATABASE SET TIME_ZONE'],
    ['ORA-29275', 'partial multibyte character', 'DB_DATA', false, 'SUBSTRB'],
    ['ORA-01461', 'can bind a LONG value only for insert into a LONG column', 'DB_SETTINGS', true, 'NLS_CHARACTERSET'],
    ['ORA-01460', 'unimplemented or unreasonable conversion requested', 'DB_SETTINGS', true, 'NLS_CHARACTERSET'],
    ['ORA-01489', 'result of string concatenation is too long', 'DB_SETTINGS', true, 'NLS_CHARACTERSET'],
  ])('is named for %s', (code, text, ours, retryable, word) => {
    const error = toOracleError({ code, message: `${code}: ${text}` });
    expect(error).toMatchObject({ code: ours, retryable, message: expect.stringContaining(word) });
    expect(error?.message).toContain(`[${code}]`);
  });

  it('contains no value, in any language of the server', () => {
    for (const message of [
      "ORA-01722: 无法将包含 '13800138000' 的字符串值转换为数字",
      "ORA-01722: unable to convert string value containing '13800138000' to a number: ",
      "ORA-01858: 在要求输入数字处找到非数字字符 '13800138000'",
    ])
      expect(toOracleError({ message })?.message).not.toContain('13800138000');
  });
});
