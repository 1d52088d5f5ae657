import type { Engine } from '../../services/shared/database/open-database';
import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import type { ServiceProcess } from '../support/service-process';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

type Change = { readonly break: readonly string[]; readonly mend: readonly string[] };

/** A trigger on the exchange table that raises what the engine's triggers raise, where the condition holds. */
const raising = (engine: Engine, condition: string): Change =>
  engine === 'pg'
    ? {
        break: [
          `CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF ${condition} THEN RAISE EXCEPTION 'not today' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$`,
          'CREATE TRIGGER refuse_row BEFORE INSERT ON client_sms_send FOR EACH ROW EXECUTE FUNCTION refuse_row()',
        ],
        mend: ['DROP TRIGGER refuse_row ON client_sms_send', 'DROP FUNCTION refuse_row()'],
      }
    : {
        break: [
          `CREATE OR REPLACE TRIGGER REFUSE_ROW BEFORE INSERT ON CLIENT_SMS_SEND FOR EACH ROW BEGIN
             IF ${condition.replaceAll('NEW.', ':NEW.')} THEN RAISE_APPLICATION_ERROR(-20123, 'not today'); END IF; END;`,
        ],
        mend: ['DROP TRIGGER REFUSE_ROW'],
      };

const faultsOf = (engine: Engine): Readonly<Record<string, Change & { readonly says: RegExp }>> => {
  const pg = engine === 'pg';
  const refusedBy = pg ? /REFUSE_ROW.*trigger/i : /CLIENT_SMS_SEND.*20123.*trigger/;
  return {
    'a column that must not be empty, and that the bridge does not write': {
      break: [`ALTER TABLE client_sms_send ADD region_code ${pg ? 'varchar(4)' : 'VARCHAR2(4)'} NOT NULL`],
      mend: ['ALTER TABLE client_sms_send DROP COLUMN region_code'],
      says: /CLIENT_SMS_SEND.*REGION_CODE/i,
    },
    'a column that is too narrow': {
      break: [
        pg
          ? 'ALTER TABLE client_sms_send ALTER content TYPE varchar(3)'
          : 'ALTER TABLE client_sms_send MODIFY (content VARCHAR2(3 CHAR))',
      ],
      mend: [
        pg
          ? 'ALTER TABLE client_sms_send ALTER content TYPE varchar(1000)'
          : 'ALTER TABLE client_sms_send MODIFY (content VARCHAR2(1000 CHAR))',
      ],
      says: /CONTENT/i,
    },
    'a check': {
      break: ['ALTER TABLE client_sms_send ADD CONSTRAINT only_small_ck CHECK (priority > 5)'],
      mend: ['ALTER TABLE client_sms_send DROP CONSTRAINT only_small_ck'],
      says: /ONLY_SMALL_CK/i,
    },
    'a trigger that refuses every row': { ...raising(engine, 'NEW.priority >= 0'), says: refusedBy },
    'a trigger that refuses these rows, and not the test rows': {
      ...raising(engine, "NEW.content LIKE '停电%'"),
      says: refusedBy,
    },
    'a column that is gone': {
      break: [
        pg
          ? 'ALTER TABLE client_sms_send RENAME content TO text'
          : 'ALTER TABLE client_sms_send RENAME COLUMN content TO text',
      ],
      mend: [
        pg
          ? 'ALTER TABLE client_sms_send RENAME text TO content'
          : 'ALTER TABLE client_sms_send RENAME COLUMN text TO content',
      ],
      says: /CONTENT/i,
    },
  };
};

onEachEngine('a relay whose exchange table is wrong', (engine) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  let relay: ServiceProcess;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createBridgeWorld({ ground });
  });
  afterEach(() => world.close());

  const run = async (statements: readonly string[]): Promise<void> => {
    for (const text of statements) await world.database.db.knex.raw(text);
  };
  const count = async (sql: string): Promise<number> => Number((await world.database.run<{ n: string }>(sql))[0]?.n);
  const handed = (): Promise<number> => count('SELECT count(*) AS n FROM client_sms_send');
  const readiness = async (): Promise<string> => {
    const port = await relay.ready();
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).text();
  };
  const notReady = (says: RegExp): Promise<string> =>
    waitUntil(
      () => `not ready because of ${says}; the last lines: ${JSON.stringify(relay.log.slice(-4))}`,
      async () => {
        const text = await readiness();
        return says.test(text) && text;
      },
    );
  const start = async (): Promise<void> => {
    relay = world.start('exchange-relay');
    await relay.ready();
    await waitUntil('ready', async () => /"ready"/.test(await readiness()));
  };
  const allHanded = async (messages: number): Promise<void> => {
    await waitUntil(
      async () => `${messages} handed: ${await handed()}; the last lines: ${JSON.stringify(relay.log.slice(-4))}`,
      async () => (await handed()) === messages,
      60_000,
    );
    expect(await world.read('deadLetter')).toEqual([]);
    expect(await count('SELECT count(*) AS n FROM sm_relay_parked')).toBe(0);
  };

  describe.each(Object.entries(faultsOf(engine)))('%s', (_what, fault) => {
    afterEach(() => run(fault.mend).catch(() => undefined));

    it('while it works: it rests, says so, and hands everything over once the table is mended', async () => {
      await start();
      await run(fault.break);
      await world.publish(manyMessages('m', 8));
      await notReady(fault.says);
      // it has tried again meanwhile, and said it once
      const errors = () => relay.log.filter(({ level, err }) => Number(level) >= 50 && fault.says.test(String(err)));
      await waitUntil('an error line', () => errors().length > 0);
      await world.publish(manyMessages('n', 8));
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      expect(errors().length).toBeLessThanOrEqual(2);
      expect(await handed()).toBe(0);
      expect(await world.read('deadLetter')).toEqual([]);
      await run(fault.mend);
      await allHanded(16);
      await waitUntil('ready again', async () => /"ready"/.test(await readiness()));
    });
  });

  it('from the start: it stays up, is not ready, and hands over once the table is mended', async () => {
    const fault = faultsOf(engine)['a column that is too narrow']!;
    await run(fault.break);
    try {
      relay = world.start('exchange-relay');
      await relay.ready();
      await world.publish(manyMessages('m', 8, { content: 'ab' }));
      expect(await notReady(/CLIENT_SMS_SEND.CONTENT holds 3 characters/i)).toMatch(/1000/);
      expect(await handed()).toBe(0);
    } finally {
      await run(fault.mend);
    }
    await allHanded(8);
  });

  it('nothing of the test rows is left', async () => {
    await start();
    expect(await handed()).toBe(0);
    expect(await count('SELECT count(*) AS n FROM sm_send_t')).toBe(0);
  });

  it('one record that a value of its own keeps out is set aside, with neighbours and alone', async () => {
    const fault = raising(engine, "NEW.content = 'poison'");
    await run(fault.break);
    try {
      await start();
      const [poison] = manyMessages('poison', 1, { content: 'poison' });
      await world.publish([...manyMessages('m', 40), poison!, ...manyMessages('n', 40)]);
      await waitUntil('the neighbours', async () => (await handed()) === 80);
      await waitUntil('the dead letter', async () => (await world.read('deadLetter')).length === 1);
      await waitUntil(
        'nothing is parked',
        async () => (await count('SELECT count(*) AS n FROM sm_relay_parked')) === 0,
      );
      // and later another one, with nobody beside it
      await world.publish(manyMessages('alone', 1, { content: 'poison' }));
      await waitUntil('its dead letter', async () => (await world.read('deadLetter')).length === 2);
      const [letter] = await world.read('deadLetter');
      expect(letter?.value).toEqual(world.codecs.send.encode(poison!));
      expect(letter?.headers.reason?.toString()).toMatch(/^DB_/);
    } finally {
      await run(fault.mend);
    }
  });
});
