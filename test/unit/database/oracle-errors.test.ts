import { toOracleError } from '../../../services/shared/database/oracle-errors';

describe('errors of the Oracle driver', () => {
  it.each([
    ['NJS-500', 'DB_UNAVAILABLE', true],
    ['NJS-040', 'DB_UNAVAILABLE', true],
    ['NJS-123', 'DB_TIMEOUT', true],
    ['NJS-116', 'DB_LOGIN', false],
    ['NJS-517', 'DB_SETTINGS', false],
    ['DPI-1080', 'DB_UNAVAILABLE', true],
    ['ORA-12541', 'DB_UNAVAILABLE', true],
    ['ORA-16000', 'DB_UNAVAILABLE', true],
    ['ORA-12154', 'DB_SETTINGS', false],
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
    ['ORA-99999', 'DB_ERROR', false],
  ])('%s is %s, worth another try: %s', (code, ours, retryable) => {
    expect(toOracleError({ code, message: `${code}: text` })).toMatchObject({ code: ours, retryable });
  });

  it('a lost connection is one whatever number it was lost by', () => {
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
    ['ORA-12801: error signaled in parallel query server P000', 'ORA-01722: invalid number', 'DB_DATA', false],
  ])('%s is what the error below it is: %s', (first, second, ours, retryable) => {
    const error = toOracleError({ code: first.slice(0, 9), message: `${first}\n${second}` });
    expect(error).toMatchObject({ code: ours, retryable });
    expect(error?.message).toContain(second);
  });

  it('an entry of batchErrors has only a message', () => {
    const entry = { offset: 3, message: 'ORA-00001: unique constraint (A.B) violated' };
    expect(toOracleError(entry)).toMatchObject({
      code: 'DB_UNIQUE',
      message: 'unique constraint (A.B) violated [ORA-00001]',
    });
  });

  it('keeps the values that newer releases quote out of its message', () => {
    const unique = 'ORA-00001: unique constraint (A.B) violated\nORA-03301: (DEST_ADDR:13800138000) already exists';
    expect(toOracleError({ message: unique })?.message).not.toContain('13800138000');
    const number = 'ORA-01722: unable to convert string value containing secret to a number: COLUMN';
    expect(toOracleError({ message: number })?.message).not.toContain('secret');
  });

  it('leaves other errors alone', () => {
    expect(toOracleError(new Error('ORA is a word'))).toBeUndefined();
    expect(toOracleError(undefined)).toBeUndefined();
  });
});
