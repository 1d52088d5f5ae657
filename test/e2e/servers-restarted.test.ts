import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { openDatabase } from '../../shared/database/open-database';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const SCRIPTS = join(__dirname, '..', '..', 'scripts', 'servers');

/**
 * A server of this test alone. It can be killed, and returns at the same address with the same
 * data.
 */
const createServer = (name: 'postgres' | 'kafka', directory: string) => {
  let child: ChildProcess | undefined;
  let port: string | undefined;
  const start = async (): Promise<string> => {
    const options = ['--directory', directory, ...(port === undefined ? [] : ['--port', port])];
    for (let attempt = 1; ; attempt += 1) {
      const started = spawn(process.execPath, [join(SCRIPTS, `${name}-server.mjs`), ...options], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const line = await Promise.race([
        once(createInterface({ input: started.stdout }), 'line').then(([text]) => text as string),
        once(started, 'exit').then(() => undefined),
      ]);
      // the killed server may still be ending
      if (line === undefined && attempt < 5) continue;
      if (line === undefined) throw new Error(`${name} does not start`);
      child = started;
      port = /:(\d+)(\/|$)/.exec(line)?.[1] as string;
      return line;
    }
  };
  return {
    start,
    /** SIGKILL to the server: nothing is flushed, and its clients are not told. */
    kill: async (): Promise<void> => {
      const ended = once(child as ChildProcess, 'exit');
      for (const entry of readdirSync('/proc').filter((pid) => /^\d+$/.test(pid))) {
        const [parent, command] = (() => {
          try {
            const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
            return [Number(stat.split(') ').at(-1)?.split(' ')[1]), stat];
          } catch {
            return [0, ''];
          }
        })();
        if (parent === child?.pid && /\((java|postgres)\)/.test(command)) process.kill(Number(entry), 'SIGKILL');
      }
      await ended;
    },
    stop: async (): Promise<void> => {
      if (child === undefined || child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
};

onOneEngine('the servers themselves', (engine) => {
  // the stand-in is slower than PostgreSQL and than Oracle
  const EACH = engine === 'pg' ? 2_000 : 500;
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-restart-'));
  // as root, PostgreSQL runs as another user, who must be able to enter
  chmodSync(directory, 0o755);
  const postgres = createServer('postgres', join(directory, 'postgres'));
  const kafka = createServer('kafka', join(directory, 'kafka'));
  let world: BridgeWorld;
  beforeAll(async () => {
    const [url, brokers] = await Promise.all([postgres.start(), kafka.start()]);
    process.env.TEST_DATABASE_URL = url;
    process.env.TEST_KAFKA_BROKERS = brokers;
    world = await createBridgeWorld({ engine });
  }, 60_000);
  afterAll(async () => {
    await world?.close().catch(() => undefined);
    await Promise.all([postgres.stop(), kafka.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const journal = async () => {
    const [row] = await world.province.run<{ total: string; ids: string }>(
      'SELECT count(*) AS total, count(DISTINCT msg_id) AS ids FROM gateway_journal',
    );
    return { total: Number(row?.total), ids: Number(row?.ids) };
  };
  /** Returns the rows taken so far, or the last known number while the database is down. */
  const taken = () =>
    journal().then(
      ({ ids }) => ids,
      () => 0,
    );

  const publish = async (prefix: string): Promise<void> => {
    const messages = manyMessages(prefix, EACH);
    await world.publish([...messages, ...messages.slice(0, EACH / 10)]);
  };

  /** On Oracle: the stand-in ends and starts together with its PostgreSQL. */
  const killDatabase = () => Promise.all([world.database.oracle?.kill(), postgres.kill()]);
  const startDatabase = async (): Promise<void> => {
    await postgres.start();
    await world.database.oracle?.restart();
  };

  /** Holds every session of the stand-in at a moment when some are inside a transaction. */
  const holdInTransactions = async (oracle: SpawnedOracleServer): Promise<void> => {
    const behind = openDatabase({
      url: process.env.TEST_DATABASE_URL as string,
      applicationName: 'test',
      poolMax: 1,
      statementTimeoutMs: 10_000,
    });
    const open = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'oracle-stand-in %' AND state = 'idle in transaction'`;
    await waitUntil('transactions are open', async () => {
      await oracle.inject({ kind: 'freeze' });
      if ((await behind.query(open)).rows.length > 1) return true;
      await oracle.thaw();
      return false;
    });
    await behind.close();
  };

  /** Gets the prefix of its messages. Restarts what it killed; the services must find out alone. */
  type Trouble = (name: string) => Promise<void>;
  /**
   * Faults of the stand-in alone: its PostgreSQL continues, and rolls back the open transactions.
   */
  const ofOracle = (oracle: SpawnedOracleServer): Trouble[] => [
    async (name) => {
      await holdInTransactions(oracle);
      await oracle.kill();
      await publish(name);
      await oracle.restart();
    },
    async (name) => {
      await oracle.stopListener({ sessions: true });
      await publish(name);
      await oracle.startListener();
    },
  ];
  const OF_ALL: readonly Trouble[] = [
    async (name) => {
      await killDatabase();
      await publish(name);
      await startDatabase();
    },
    async (name) => {
      await kafka.kill();
      await kafka.start();
      await publish(name);
    },
    async (name) => {
      await Promise.all([killDatabase(), kafka.kill()]);
      await Promise.all([startDatabase(), kafka.start()]);
      await publish(name);
    },
  ];

  it('may be killed during work: the services continue, nothing is lost, nothing is sent twice', async () => {
    const services = [
      world.start('exchange-relay'),
      world.start('report-collector'),
      world.start('producer'),
      world.start('archiver'),
      world.start('gateway-simulator', {
        SIMULATOR_SUBMIT_MS: '0-50',
        SIMULATOR_REPORT_MS: '0-100',
        SIMULATOR_LATE_MS: '50-200',
      }),
    ];
    await Promise.all(services.map((service) => service.ready()));
    const { oracle } = world.database;
    const troubles = [...(oracle === undefined ? [] : ofOracle(oracle)), ...OF_ALL];
    await publish('m-0');
    for (const [done, trouble] of troubles.entries()) {
      await waitUntil(
        () => journal(),
        async () => (await taken()) > (done + 0.1) * EACH,
        120_000,
      );
      await trouble(`m-${done + 1}`);
    }
    const all = (troubles.length + 1) * EACH;
    await waitUntil(
      () => journal(),
      async () => (await taken()) === all,
      120_000,
    );
    const open = async () => {
      const [row] = await world.database.run<{ n: string }>(
        'SELECT count(*) AS n FROM sm_send_t WHERE final_at IS NULL',
      );
      return Number(row?.n);
    };
    await waitUntil(open, async () => (await open()) === 0, 120_000);
    expect(await journal()).toEqual({ total: all, ids: all });
    for (const service of services) expect(service.exited()).toBe(false);
    // they were killed during work; an external Oracle is not killed
    const killed = engine === 'pg' || oracle !== undefined ? services.slice(0, 2) : [];
    for (const { log } of killed) expect(log.some(({ msg }) => /is tried again/.test(msg))).toBe(true);
    const finals = new Set(
      (await world.read('status')).flatMap(({ value }) => {
        const read = world.codecs.status.decode(value);
        return read.ok && read.value.isFinal && read.value.matched ? [read.value.messageId] : [];
      }),
    );
    expect(finals.size).toBe(all);
  }, 420_000);
});
