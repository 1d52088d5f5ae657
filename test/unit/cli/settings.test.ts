import { CommanderError } from 'commander';
import { toRights } from '../../../cli/doctor/to-rights';
import { EXIT, reportError, usageError } from '../../../cli/report-error';
import { toEnvironment, warnOfSecrets } from '../../../cli/shared-options';
import { BridgeError } from '../../../shared/errors';

describe('flags and environment', () => {
  it("let a flag override its variable and the variable's file", () => {
    const env = { KAFKA_BROKERS: 'a:1', DATABASE_URL_FILE: '/run/secrets/url', LOG_LEVEL: 'info' };
    expect(toEnvironment({ kafka: 'b:2', database: 'postgres://x@y/z', topicPrefix: 't.' }, env)).toEqual({
      KAFKA_BROKERS: 'b:2',
      DATABASE_URL: 'postgres://x@y/z',
      TOPIC_PREFIX: 't.',
      LOG_LEVEL: 'info',
    });
  });

  it('let a password in --database override DATABASE_PASSWORD, which is used without one', () => {
    const env = { DATABASE_PASSWORD: 'secret' };
    expect(toEnvironment({ database: 'postgres://x:own@y/z' }, env).DATABASE_PASSWORD).toBeUndefined();
    expect(toEnvironment({ database: 'postgres://x@y/z' }, env).DATABASE_PASSWORD).toBe('secret');
  });
});

describe('a password on the command line', () => {
  it('is warned of, without showing it, and with a way around', () => {
    const [database, registry, ...more] = warnOfSecrets({
      database: 'postgres://x:hidden@y/z',
      registry: 'https://x:hidden@y',
    });
    expect(database).toMatch(/^warning: ps shows .*--database.*DATABASE_URL.*DATABASE_PASSWORD_FILE\n$/);
    expect(registry).toMatch(/^warning: .*--registry.*SCHEMA_REGISTRY_AUTH/);
    expect(more).toEqual([]);
    expect(`${database}${registry}`).not.toContain('hidden');
  });

  it('is not imagined', () => {
    expect(warnOfSecrets({ database: 'oracle://x@y/z', registry: 'http://y', kafka: 'a:1' })).toEqual([]);
    expect(warnOfSecrets({ database: 'nonsense' })).toEqual([]);
  });
});

describe('reportError', () => {
  const report = (error: unknown, options: { json?: boolean; verbose?: boolean } = {}) => {
    let text = '';
    const write = (more: string): void => {
      text += more;
    };
    return { code: reportError(error, { json: false, verbose: false, ...options, write }), text };
  };

  it('names the remedy, without a stack', () => {
    const { code, text } = report(new BridgeError('DB_UNAVAILABLE', 'connect ECONNREFUSED'));
    expect(code).toBe(EXIT.failed);
    expect(text).toContain('connect ECONNREFUSED');
    expect(text).toContain('--database');
    expect(text).not.toContain('at ');
  });

  it('shows the stack with --verbose', () => {
    expect(report(new TypeError('oops')).text).not.toContain('.ts');
    expect(report(new TypeError('oops'), { verbose: true }).text).toContain('settings.test.ts');
  });

  it('prints JSON for programs', () => {
    const { text } = report(usageError('what?'), { json: true });
    expect(JSON.parse(text)).toEqual({ error: { code: 'USAGE', message: 'what?' } });
  });

  it.each([
    [usageError('x'), EXIT.usage],
    [new BridgeError('CONFIG_INVALID', 'x'), EXIT.usage],
    [new BridgeError('KAFKA_UNAVAILABLE', 'x'), EXIT.failed],
    [new CommanderError(1, 'commander.unknownOption', 'x'), EXIT.usage],
    [new CommanderError(0, 'commander.helpDisplayed', 'x'), EXIT.ok],
    [undefined, EXIT.failed],
  ])('ends %s with %s', (error, code) => {
    expect(report(error).code).toBe(code);
  });
});

it('a grant is split into single rights', () => {
  expect(toRights('sms_relay', 't', 'SELECT, UPDATE (a, b), DELETE')).toEqual([
    { role: 'sms_relay', relation: 't', privilege: 'SELECT', column: null },
    { role: 'sms_relay', relation: 't', privilege: 'UPDATE', column: 'a' },
    { role: 'sms_relay', relation: 't', privilege: 'UPDATE', column: 'b' },
    { role: 'sms_relay', relation: 't', privilege: 'DELETE', column: null },
  ]);
});
