import { SENT_COLUMNS as SENT } from '../../migrations/0002-access/objects';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { useCollector } from './collector-world';

const MAPPING = loadExchangeMapping();

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const idOf = (no: number): string => `m-${String(no).padStart(4, '0')}`;

onEachEngine('batches of the collector', (engine) => {
  const { collector, events, database, into, message, resp, report, recv, states, count, inOwnTransaction } =
    useCollector(engine);

  const messages = (n: number, change: Record<string, unknown> = {}) =>
    into('sm_send_t')(...upTo(n).map((no) => message(idOf(no), { submitted_at: new Date(), ...change })));
  const answers = (table: 'resp' | 'report', n: number, order: 'ASC' | 'DESC') => {
    const numbers = order === 'ASC' ? upTo(n) : [...upTo(n)].reverse();
    return table === 'resp'
      ? resp(...numbers.map((no) => ({ msg_id: idOf(no), gateway_msg_id: `g${no}`, result: '0' })))
      : report(...numbers.map((no) => ({ msg_id: idOf(no), gateway_msg_id: `g${no}`, stat: 'DELIVRD' })));
  };
  const lockWaiters = () => database().lockWaiters();

  it('claim every row once when several work at once', async () => {
    await recv(
      ...upTo(600).map((no) => ({
        src_addr: `1380013${String(no).padStart(4, '0')}`,
        dest_addr: '10698001',
        content: `no ${no}`,
        recv_time: new Date(),
      })),
    );
    const workers = Array.from({ length: 4 }, () => collector());
    await Promise.all(
      workers.map(async ({ batch }) => {
        while ((await batch('recv', 37)).rows > 0);
      }),
    );
    const { received } = await events().take();
    expect(received.map(({ content }) => content).sort()).toEqual(
      Array.from({ length: 600 }, (_, no) => `no ${no + 1}`).sort(),
    );
    expect(await count('client_sms_recv')).toBe(0);
    expect(await count('sm_receive_t')).toBe(600);
  });

  it('claim up to their limit, and leave the rest to others', async () => {
    await recv(...upTo(25).map((no) => ({ src_addr: `1380013${no}`, dest_addr: '10698001', content: `no ${no}` })));
    const { batch } = collector();
    const sizes: number[] = [];
    const holding = collector({
      publish: async () => {
        for (let next = 0; next < 3; next += 1) sizes.push((await batch('recv', 10)).rows);
      },
    });
    expect((await holding.batch('recv', 10)).rows).toBe(10);
    expect(sizes).toEqual([10, 5, 0]);
    expect(await count('sm_receive_t')).toBe(25);
  });

  it('take a row that commits after later ones', async () => {
    await messages(2);
    const { batch } = collector();
    await inOwnTransaction(async (run) => {
      await run("INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result) VALUES ('m-0001', 'g1', '0')");
      await resp({ msg_id: 'm-0002', gateway_msg_id: 'g2', result: '0' });
      expect(await batch('resp')).toMatchObject({ rows: 1 });
    });
    expect(await batch('resp')).toMatchObject({ rows: 1 });
    expect(await count("sm_send_t WHERE status = 'SUBMITTED'")).toBe(2);
  });

  it('neither deadlock nor overwrite each other when they settle the same messages in opposite orders', async () => {
    await messages(200);
    for (const order of ['ASC', 'DESC', 'ASC'] as const) {
      await answers('resp', 200, order);
      await answers('report', 200, order === 'ASC' ? 'DESC' : 'ASC');
    }
    const { batch } = collector();
    const drain = async (source: 'resp' | 'report') => {
      while ((await batch(source, 150)).rows > 0);
    };
    await Promise.all([drain('resp'), drain('report'), drain('resp'), drain('report')]);
    expect(
      await count("sm_send_t WHERE status = 'DELIVERED' AND final_at IS NOT NULL AND gateway_msg_id IS NOT NULL"),
    ).toBe(200);
    const { statuses } = await events().take();
    expect(statuses).toHaveLength(1200);
    // the newest record of a message is never an older status
    const last = new Map(statuses.map(({ messageId, status }) => [messageId, status]));
    expect([...last.values()].every((status) => status === 'DELIVERED')).toBe(true);
  });

  it('settle two segments of one message one after the other: the second builds on the first', async () => {
    await messages(1, { status: 'SUBMITTED', gateway_msg_id: 'p1', part_count: 2 });
    const mapping = { ...MAPPING, answers: 'per-part' as const };
    await report({ msg_id: 'm-0001', gateway_msg_id: 'p1', stat: 'DELIVRD' });
    const second = collector({}, mapping);
    let other: Promise<unknown> | undefined;
    const publish = async () => {
      await report({ msg_id: 'm-0001', gateway_msg_id: 'p2', stat: 'DELIVRD' });
      other = second.batch('report');
      await waitUntil('the second batch to wait for the message', async () => (await lockWaiters()) > 0);
    };
    await collector({ publish }, mapping).batch('report');
    expect(await other).toMatchObject({ outcomes: { delivered: 1 } });
    expect(await states()).toMatchObject([{ status: 'DELIVERED', parts_done: 2 }]);
  });

  it('wait while the archiver moves the message, and settle it in its new place', async () => {
    await messages(1, { status: 'DELIVERED', gateway_msg_id: 'g1' });
    await answers('resp', 1, 'ASC');
    const { batch } = collector();
    const running = await inOwnTransaction(async (run) => {
      await run(
        `INSERT INTO sm_send_t_log (${SENT}, msg_id, archived_at) SELECT ${SENT}, msg_id, cast($1 AS timestamp) FROM sm_send_t`,
        [new Date()],
      );
      await run('DELETE FROM sm_send_t');
      const collecting = batch('resp');
      await waitUntil('the batch to wait for the message', async () => (await lockWaiters()) > 0);
      return { collecting };
    });
    expect(await running.collecting).toMatchObject({ outcomes: { unchanged: 1 } });
    expect((await events().take()).statuses).toMatchObject([
      { messageId: 'm-0001', matched: true, status: 'DELIVERED' },
    ]);
  });

  it.each(['after-publish', 'after-settle', 'kafka'] as const)(
    'return all rows when they fail (%s), and repeat events with the same eventIds',
    async (where) => {
      await messages(3);
      await answers('resp', 3, 'ASC');
      const failing = collector({
        crash: (step) => {
          if (step === `collector.resp.${where}`) throw new Error('killed');
        },
        ...(where === 'kafka' ? { publish: () => Promise.reject(new Error('killed')) } : {}),
      });
      await expect(failing.batch('resp')).rejects.toThrow('killed');
      expect(await count('client_sms_resp')).toBe(3);
      expect(await count("sm_send_t WHERE status = 'HANDED'")).toBe(3);
      await collector().batch('resp');
      expect(await count("sm_send_t WHERE status = 'SUBMITTED'")).toBe(3);
      const { statuses } = await events().take();
      expect(statuses).toHaveLength(where === 'kafka' ? 3 : 6);
      expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(3);
    },
  );
});
