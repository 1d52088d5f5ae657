import type { Fault } from '../../oracle-stand-in/faults';
import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import type { ServiceProcess } from '../support/service-process';
import { createTaking } from '../support/taking-province';
import { waitUntil } from '../support/wait-until';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

const MESSAGES = 100;
const WAIT_MS = 120_000;

/** A call to a vanished host ends after ten seconds. */
const SETTINGS = { RELAY_BATCH_SIZE: '50', DATABASE_STATEMENT_TIMEOUT_MS: '5000' };

/** Faults of an Oracle session while the relay works. Each hits the second of two batches. */
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['the connection is lost before the commit', { kind: 'kill-at-commit', when: 'before', nth: 2 }],
  ['the connection is lost after the commit', { kind: 'kill-at-commit', when: 'after', nth: 2 }],
  ['a deadlock ends the transaction', { kind: 'fail', number: 60, matching: 'INSERT INTO CLIENT_SMS_SEND', nth: 2 }],
  ['the tablespace is full', { kind: 'fail', number: 1653, matching: 'MERGE .*INTO SM_SEND_T', nth: 2 }],
  ['the instance goes down', { kind: 'fail', number: 1089, matching: 'UPDATE RELAY_OFFSET', nth: 2 }],
  ['the connection is lost in the middle', { kind: 'kill-at-statement', matching: 'SM_SEND_T_LOG', nth: 2 }],
];

describe('a relay whose Oracle fails', () => {
  let world: BridgeWorld;
  let oracle: SpawnedOracleServer;
  let relay: ServiceProcess;
  let province: ReturnType<typeof createTaking>;
  let published = 0;
  beforeAll(async () => {
    world = await createBridgeWorld({ engine: 'oracledb' });
    oracle = world.database.oracle as SpawnedOracleServer;
    province = createTaking(world.database);
    relay = world.start('exchange-relay', SETTINGS);
    await relay.ready(WAIT_MS);
  });
  afterAll(() => world.close());

  const publish = async (): Promise<void> => {
    await world.publish(manyMessages(`m-${published}`, MESSAGES));
    published += MESSAGES;
  };
  /** Every published message arrives, and none comes again after the province took it. */
  const allHanded = async (): Promise<void> => {
    const waiting = 'SELECT COUNT(*) AS n FROM client_sms_send';
    await waitUntil(
      () => `${published} handed over; the relay’s last lines: ${JSON.stringify(relay.log.slice(-6))}`,
      async () => {
        // the test's own connections break too
        const rows = await world.database.run<{ n: string }>(waiting).catch(() => []);
        return Number(rows[0]?.n ?? 0) + province.taken.size >= published;
      },
      WAIT_MS,
    );
    await oracle.clearFaults();
    await province.take();
    expect(province.taken.size).toBe(published);
    expect(province.duplicates()).toEqual([]);
  };
  const warnings = (): number => relay.log.filter(({ msg }) => /is tried again/.test(msg)).length;

  it('hands over while nothing fails', async () => {
    await publish();
    await allHanded();
  });

  it.each(FAULTS)('repeats the batch when %s, and loses nothing', async (_what, fault) => {
    const before = warnings();
    await oracle.inject(fault);
    await publish();
    await publish();
    await allHanded();
    expect(warnings()).toBeGreaterThan(before);
  });

  it('continues when the listener comes back', async () => {
    await publish();
    await oracle.stopListener({ sessions: true });
    await publish();
    const before = warnings();
    await waitUntil('the relay notices', () => warnings() > before, WAIT_MS);
    await oracle.startListener();
    await allHanded();
    expect(relay.exited()).toBe(false);
  });

  /** No call is answered, and the relay has noticed. */
  const vanish = async (): Promise<void> => {
    const before = warnings();
    await oracle.inject({ kind: 'freeze' });
    await publish();
    await waitUntil('the relay notices', () => warnings() > before, WAIT_MS);
  };

  it('continues when the vanished host comes back', async () => {
    await vanish();
    await oracle.thaw();
    await allHanded();
    expect(relay.exited()).toBe(false);
  });

  it('stops in order', async () => expect(await relay.stop()).toBe(0));

  it('stops within ten seconds while the host does not answer', async () => {
    relay = world.start('exchange-relay', SETTINGS);
    await relay.ready(WAIT_MS);
    await vanish();
    const startedAt = Date.now();
    await relay.stop();
    expect(Date.now() - startedAt).toBeLessThan(11_000);
    await oracle.thaw();
  });

  it('stops within ten seconds while it starts and the host does not answer', async () => {
    const before = await oracle.sessions();
    await oracle.inject({ kind: 'freeze' });
    relay = world.start('exchange-relay', SETTINGS);
    await waitUntil('it logs in', async () => (await oracle.sessions()) > before, WAIT_MS);
    const startedAt = Date.now();
    await relay.stop();
    expect(Date.now() - startedAt).toBeLessThan(11_000);
    await oracle.thaw();
  });
});
