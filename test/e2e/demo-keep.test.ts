import { spawnSync } from 'node:child_process';
import { type Demo, familyOf, find, mustRun, startAlone, toNumbers, until } from '../support/demo-process';
import { readDocument } from '../support/documents';

const START_OF_COMMANDS = /In another terminal:$/;

/**
 * Runs lines as they are printed, in a shell that is not in the clone. Only the last exit status
 * counts: `publish --wait` shows by its own that the simulated province refused the message.
 */
const inShell = (script: string): string => {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `curl() { command curl -sS "$@"; }\n${script}`], {
    cwd: '/',
    env: { PATH, HOME },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`exit status ${status} of:\n${script}\n${stdout}\n${stderr}`);
  return stdout;
};

const commandsOf = ({ lines }: Demo): readonly string[] => {
  const start = lines.findIndex((line) => START_OF_COMMANDS.test(line)) + 1;
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => line !== '' && !line.startsWith('  '));
  return rest.slice(0, end).map((line) => line.slice(2));
};

/** Returns the indented commands of a document that begin like this, each with its continuation. */
const snippets = (text: string, start: string): readonly string[] =>
  [...text.matchAll(/^ {4}(\S[^\n]*(?:(?<=\\)\n {4}[^\n]*)*)$/gm)]
    .map(([, command]) => command!)
    .filter((command) => command.startsWith(start));

const { text: integrate } = readDocument('docs/integrate.md');

/** It mostly waits, so it runs beside the other one. */
let killing: Demo;
beforeAll(() => {
  killing = startAlone('--messages', '200', '--kill');
});
afterAll(() => killing.child.kill('SIGKILL'));

describe('npm start -- --keep', () => {
  let demo: Demo;
  let commands: readonly string[];
  let variables: string;

  beforeAll(async () => {
    demo = startAlone('--messages', '50', '--keep');
    await until(() => find(demo, /(\/metrics)/));
    await until(() => find(demo, /^ {2}(producer) +http/));
    commands = commandsOf(demo);
    variables = commands.filter((line) => /^(export|cd) /.test(line)).join('\n');
  }, 120_000);
  afterAll(() => demo.child.kill('SIGKILL'));

  it('prints lines of at most 80 columns, but for addresses and keys', () => {
    const wide = demo.lines.filter((line) => !line.includes('export ') && line.length > 80);
    expect(wide).toEqual([]);
  });

  it('prints commands that work as they are printed', () => {
    const kill = commands.findIndex((line) => line.startsWith('# kill'));
    const said = inShell(commands.slice(0, kill).join('\n'));
    expect(said).toContain('"status":"queued"');
    expect(said).toMatch(/INSERT 0 1/);
    expect(said).toMatch(/DELIVERED|UNDELIVERED|SUBMIT_FAILED|EXPIRED/);
    expect(said).toContain('all is well');
  }, 90_000);

  it('prints addresses that answer', async () => {
    const addresses = demo.lines.flatMap((line) => /^ {2}[a-z-]+ +(http:\S+)$/.exec(line)?.[1] ?? []);
    expect(addresses).toHaveLength(5);
    for (const address of addresses) {
      expect((await fetch(`${address}/health/ready`)).status).toBe(200);
      expect(await (await fetch(`${address}/metrics`)).text()).toContain('# TYPE');
    }
  });

  it('has the variables that the snippets for HTTP and SQL need', () => {
    const id = (text: string): string => /"messageId":"([^"]+)"/.exec(text)?.[1] ?? '';
    const posts = snippets(integrate, 'curl -X POST "$BRIDGE/v1/messages"');
    expect(posts).toHaveLength(2);
    const [first = ''] = posts.map((post) => inShell(`${variables}\n${post}`));
    expect(first).toContain('"status":"queued"');
    const [look = ''] = snippets(integrate, 'curl "$BRIDGE/v1/messages/$ID"');
    // The relay may not have entered it yet.
    expect(
      inShell(`${variables}\nID=${id(first)}\nuntil { ${look}\n} | grep '"status"'; do sleep 0.2; done`),
    ).toContain(id(first));
    const sql = snippets(integrate, 'insert into sm_send_t').concat(snippets(integrate, 'select message_id'));
    expect(inShell(`${variables}\npsql "$BUSINESS_URL" <<'SQL'\n${sql.join('\n')}\nSQL`)).toContain('INSERT 0 1');
  }, 60_000);

  it('has the variables that the snippets for received messages need, and leaves those unacknowledged', async () => {
    const columns = 'src_addr, dest_addr, content, msg_fmt, recv_time';
    inShell(
      `${variables}\npsql "$DATABASE_URL" -c "INSERT INTO client_sms_recv (${columns}) VALUES ('13900139000', '10698001', '退订', 8, now())"`,
    );
    const [list = '', acknowledge = ''] = ['curl "$BRIDGE/v1/received', 'curl -X POST "$BRIDGE/v1/received'].map(
      (start) => snippets(integrate, start)[0],
    );
    const received = inShell(`${variables}\nuntil { ${list}\n} | grep 退订; do sleep 0.2; done`);
    const { receivedId } = (
      JSON.parse(received.trim().split('\n').at(-1)!) as { messages: { receivedId: string; content: string }[] }
    ).messages.find(({ content }) => content === '退订')!;
    expect(inShell(`${variables}\nRECEIVED_ID=${receivedId}\n${acknowledge}`)).toContain(receivedId);
  }, 60_000);

  it('publishes with the snippet for Kafka', () => {
    const [, snippet] = /```js\n([\s\S]*?)```/.exec(integrate) ?? [];
    inShell(`${variables}\nnode - <<'JS'\n${snippet}\nJS`);
  }, 30_000);

  it('starts a killed service again, and says so', async () => {
    inShell(commands.slice(-2).join('\n'));
    await until(() => find(demo, /exchange-relay was killed \((SIGKILL)\): it is started again/));
    await until(async () => {
      mustRun(demo);
      const family = await familyOf(demo.child.pid as number);
      return family.some(({ args }) => args.includes('exchange-relay/main.js')) || undefined;
    });
    const relay = /exchange-relay +(http:\S+)/.exec(demo.lines.join('\n'))?.[1];
    await until(async () => (await fetch(`${relay}/health/ready`).catch(() => undefined))?.ok || undefined);
  }, 60_000);

  it('ends at Ctrl-C with the summary', async () => {
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(toNumbers(demo.lines.at(-1)!)).toMatchObject({ published: 50, lost: 0, duplicated: 0 });
  }, 30_000);
});

describe('npm start -- --kill', () => {
  it('kills each of the four services while messages flow, and loses nothing', async () => {
    const demo = killing;
    expect(await demo.ended).toBe(0);
    for (const name of ['producer', 'exchange-relay', 'report-collector', 'archiver']) {
      expect(demo.lines.some((line) => line.includes(`kill -9 ${name}`))).toBe(true);
    }
    const { kills, ...rest } = toNumbers(demo.lines.at(-1)!);
    expect(rest).toMatchObject({ published: 200, lost: 0, duplicated: 0 });
    expect(kills).toBeGreaterThanOrEqual(4);
  }, 240_000);
});
