import { runCli } from '../support/run-cli';

const COMMANDS = [
  ['demo'],
  ['migrate'],
  ['oracle'],
  ['oracle', 'script'],
  ['oracle', 'uninstall'],
  ['topics'],
  ['topics', 'create'],
  ['app'],
  ['app', 'add'],
  ['app', 'list'],
  ['app', 'rotate-key'],
  ['app', 'disable'],
  ['app', 'enable'],
  ['publish'],
  ['tail'],
  ['dead-letters'],
  ['dead-letters', 'list'],
  ['dead-letters', 'show'],
  ['dead-letters', 'replay'],
  ['archive'],
  ['archive', 'run'],
  ['archive', 'list'],
  ['doctor'],
];

describe('sms-bridge', () => {
  it('lists every command quickly', async () => {
    const { code, stdout, ms } = await runCli(['--help']);
    let best = ms;
    expect(code).toBe(0);
    for (const [name] of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    // the best of many: other tests share the processor
    for (let i = 1; i < 30 && best >= 300; i += 1) best = Math.min(best, (await runCli(['--help'])).ms);
    expect(best).toBeLessThan(300);
  });

  it('describes each command with its settings', async () => {
    const helps = await Promise.all(COMMANDS.map((command) => runCli([...command, '--help'])));
    for (const [at, { code, stdout, stderr }] of helps.entries()) {
      expect([COMMANDS[at], code, stderr]).toEqual([COMMANDS[at], 0, '']);
      expect(stdout).toContain(`Usage: sms-bridge ${(COMMANDS[at] as string[]).join(' ')}`);
    }
    expect(helps[10]?.stdout).toContain('--kafka');
  });

  it('prints its version', async () => {
    expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['pubish'], /unknown command 'pubish'.*publish/s],
    [['publish', '--bogus'], /unknown option '--bogus'/],
    [['publish'], /--app, --to, --content missing/],
    [['publish', '--app', 'a', '--to', '1'], /--content missing/],
    [['publish', 'no-such-file.csv'], /no file no-such-file\.csv/],
    [['publish', '/'], /is a directory/],
    [['publish', '-', '--message-id', 'm'], /--message-id is for one message/],
    [['publish', 'x', '--format', 'xml'], /csv, jsonl/],
    [['publish', '--batch-size', '0'], /whole number from 1/],
    [['publish', '--dry-run', '--wait', '--app', 'a', '--to', '1', '--content', 'c'], /nothing to --wait for/],
    [['tail', 'sms'], /one of status, received/],
    [['topics', 'create', '--partitions', 'many'], /whole number/],
    [['app', 'add'], /missing required argument 'account'/],
    [['app', 'add', 'x', '--role', 'king'], /application, customer-service, administrator/],
    [['app', 'list'], /DATABASE_URL: is not set/],
    [['migrate', '--down', '--status'], /give only one of/],
    [['dead-letters', 'show', '17'], /partition\/offset/],
    [['dead-letters', 'replay'], /give ids/],
    [['dead-letters'], /Usage: sms-bridge dead-letters/],
  ])('refuses %j with exit code 2 and a sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('names every wrong setting at once', async () => {
    const env = { KAFKA_TLS: 'perhaps', DATABASE_POOL_MAX: '1', DATABASE_URL: 'postgres://x@127.0.0.1:1/x' };
    const { code, stderr } = await runCli(['archive', 'run'], { env });
    expect(stderr).toMatch(/KAFKA_TLS.*DATABASE_POOL_MAX/s);
    expect(code).toBe(2);
  });

  it('reports errors in JSON with --json', async () => {
    for (const args of [
      ['publish', '--json', '--bogus'],
      ['--json', 'tail', 'sms'],
    ]) {
      const { code, stderr } = await runCli(args);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'USAGE' } });
      expect(code).toBe(2);
    }
  });

  const NOBODY = ['--kafka', '127.0.0.1:1', '--database', 'postgres://user:password@127.0.0.1:1/none'];
  const ONE = ['--app', 'a', '--to', '13800138000', '--content', 'x'];

  it.each([
    [['app', 'list'], 'DB_UNAVAILABLE'],
    [['migrate'], 'DB_UNAVAILABLE'],
    [['tail'], 'KAFKA_UNAVAILABLE'],
    [['topics', 'create'], 'KAFKA_UNAVAILABLE'],
    [['publish', ...ONE, '--no-app-check'], 'KAFKA_UNAVAILABLE'],
    [['publish', ...ONE], 'DB_UNAVAILABLE'],
    [['dead-letters', 'list'], 'KAFKA_UNAVAILABLE'],
    [['archive', 'run'], 'DB_UNAVAILABLE'],
  ])('ends soon with exit code 1 for %j when the servers are down', async (args, errorCode) => {
    const { code, stderr, ms } = await runCli([...args, ...NOBODY, '--json']);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) as string)).toMatchObject({ error: { code: errorCode } });
    expect(code).toBe(1);
    expect(ms).toBeLessThan(10_000);
  });

  it('names the next step in the doctor when the servers are down', async () => {
    const { code, stdout } = await runCli(['doctor', ...NOBODY]);
    expect(stdout).toMatch(/✗ database: connection .*ECONNREFUSED.*→ Is the database running/s);
    expect(stdout).toMatch(/✗ kafka: connection .*ECONNREFUSED.*→ Is Kafka running/s);
    expect(code).toBe(1);
  });
});
