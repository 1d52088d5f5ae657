import type { Engine } from '../../shared/database/database';
import { manyMessages } from '../support/bridge-world';
import { failuresOf, readinessOf, untilReady, useRelayWorld } from '../support/relay-world';
import { isAtLeast, type ServiceProcess } from '../support/service-process';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

type Change = { readonly break: readonly string[]; readonly repair: readonly string[] };

/**
 * Creates a trigger on the exchange table that raises an error of the engine's triggers where the
 * condition holds.
 */
const raising = (engine: Engine, condition: string): Change =>
  engine === 'pg'
    ? {
        break: [
          `CREATE FUNCTION refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF ${condition} THEN RAISE EXCEPTION 'not today' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$`,
          'CREATE TRIGGER refuse_row BEFORE INSERT ON client_sms_send FOR EACH ROW EXECUTE FUNCTION refuse_row()',
        ],
        repair: ['DROP TRIGGER refuse_row ON client_sms_send', 'DROP FUNCTION refuse_row()'],
      }
    : {
        break: [
          `CREATE OR REPLACE TRIGGER REFUSE_ROW BEFORE INSERT ON CLIENT_SMS_SEND FOR EACH ROW BEGIN
             IF ${condition.replaceAll('NEW.', ':NEW.')} THEN RAISE_APPLICATION_ERROR(-20123, 'not today'); END IF; END;`,
        ],
        repair: ['DROP TRIGGER REFUSE_ROW'],
      };

const faultsOf = (engine: Engine): Readonly<Record<string, Change & { readonly says: RegExp }>> => {
  const pg = engine === 'pg';
  const refusedBy = pg ? /REFUSE_ROW.*trigger/i : /CLIENT_SMS_SEND.*20123.*trigger/;
  return {
    'a column that must not be empty, and that the bridge does not write': {
      break: [`ALTER TABLE client_sms_send ADD region_code ${pg ? 'varchar(4)' : 'VARCHAR2(4)'} NOT NULL`],
      repair: ['ALTER TABLE client_sms_send DROP COLUMN region_code'],
      says: /CLIENT_SMS_SEND.*REGION_CODE/i,
    },
    'a column that is too narrow': {
      break: [
        pg
          ? 'ALTER TABLE client_sms_send ALTER content TYPE varchar(3)'
          : 'ALTER TABLE client_sms_send MODIFY (content VARCHAR2(3 CHAR))',
      ],
      repair: [
        pg
          ? 'ALTER TABLE client_sms_send ALTER content TYPE varchar(1000)'
          : 'ALTER TABLE client_sms_send MODIFY (content VARCHAR2(1000 CHAR))',
      ],
      says: /CONTENT/i,
    },
    'a check': {
      break: ['ALTER TABLE client_sms_send ADD CONSTRAINT only_small_ck CHECK (priority > 5)'],
      repair: ['ALTER TABLE client_sms_send DROP CONSTRAINT only_small_ck'],
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
      repair: [
        pg
          ? 'ALTER TABLE client_sms_send RENAME text TO content'
          : 'ALTER TABLE client_sms_send RENAME COLUMN text TO content',
      ],
      says: /CONTENT/i,
    },
  };
};

onEachEngine('a relay whose exchange table is wrong', (engine) => {
  const { world, count, handed, parked } = useRelayWorld(engine, { once: true });
  let relay: ServiceProcess;
  let published = 0;
  // An empty table: a fault that is a constraint cannot be added to rows that violate it.
  beforeEach(() => run(['DELETE FROM client_sms_send']));

  const run = async (statements: readonly string[]): Promise<void> => {
    for (const text of statements) await world().database.db.knex.raw(text);
  };
  const publish = (count: number, change: { readonly content?: string } = {}): Promise<void> => {
    published += 1;
    return world().publish(manyMessages(`m${published}`, count, change));
  };
  const notReady = (says: RegExp): Promise<string> =>
    waitUntil(
      () => `not ready because of ${says}; the last lines: ${JSON.stringify(relay.log.slice(-4))}`,
      async () => {
        const text = await readinessOf(relay);
        return says.test(text) && text;
      },
    );
  const untilHanded = (rows: number): Promise<unknown> =>
    waitUntil(
      async () => `${rows} handed: ${await handed()}; the last lines: ${JSON.stringify(relay.log.slice(-4))}`,
      async () => (await handed()) === rows,
    );
  const noneSetAside = async (): Promise<void> => {
    expect(await world().read('deadLetter')).toEqual([]);
    expect(await parked()).toBe(0);
  };

  it('leaves none of its test rows', async () => {
    relay = world().start('exchange-relay');
    await untilReady(relay);
    expect(await handed()).toBe(0);
    expect(await count('sm_send_t')).toBe(0);
  });

  describe.each(Object.entries(faultsOf(engine)))('%s', (_what, fault) => {
    afterEach(() => run(fault.repair).catch(() => undefined));

    it('appears during work: the relay rests, reports it, and hands everything over once the table is repaired', async () => {
      const logged = relay.log.length;
      const errors = () =>
        relay.log.slice(logged).filter((line) => isAtLeast('error', line) && fault.says.test(String(line.err)));
      await run(fault.break);
      await publish(8);
      await notReady(fault.says);
      await waitUntil('an error line', () => errors().length > 0);
      await publish(8);
      // Repeated tries are reported once.
      const failures = await failuresOf(relay);
      await waitUntil('it tries again and again', async () => (await failuresOf(relay)) >= failures + 3);
      expect(errors().length).toBeLessThanOrEqual(2);
      expect(await handed()).toBe(0);
      expect(await world().read('deadLetter')).toEqual([]);
      await run(fault.repair);
      await untilHanded(16);
      await noneSetAside();
      await untilReady(relay);
    });
  });

  it('exists from the start: the relay stays up, is not ready, and hands over once the table is repaired', async () => {
    const fault = faultsOf(engine)['a column that is too narrow']!;
    await relay.kill();
    await run(fault.break);
    try {
      relay = world().start('exchange-relay');
      await relay.ready();
      await publish(8, { content: 'ab' });
      expect(await notReady(/CLIENT_SMS_SEND.CONTENT holds 3 characters/i)).toMatch(/1000/);
      expect(await handed()).toBe(0);
    } finally {
      await run(fault.repair);
    }
    await untilHanded(8);
    await noneSetAside();
    await untilReady(relay);
  });

  it('rejects one record for its value: that record is set aside, with neighbours and alone', async () => {
    const fault = raising(engine, "NEW.content = 'poison'");
    const isThere = (many: number) => async () => (await world().read('deadLetter')).length === many;
    await run(fault.break);
    try {
      const [poison] = manyMessages('poison', 1, { content: 'poison' });
      await world().publish([...manyMessages('before', 40), poison!, ...manyMessages('after', 40)]);
      await untilHanded(80);
      await waitUntil('the dead letter', isThere(1));
      await waitUntil('nothing is parked', async () => (await parked()) === 0);
      // and later another one, alone in its batch
      await publish(1, { content: 'poison' });
      await waitUntil('its dead letter', isThere(2));
      const [letter] = await world().read('deadLetter');
      expect(letter?.value).toEqual(world().codecs.send.encode(poison!));
      expect(letter?.headers.reason?.toString()).toMatch(/^DB_/);
    } finally {
      await run(fault.repair);
    }
  });
});
