import { createExchangeClaims } from '../../services/report-collector/adapters/claim-rows';
import type { SourceName } from '../../services/report-collector/collect-batch';
import { deleteClaimed } from '../../services/shared/database/delete-claimed';
import { KEY_COLUMN } from '../../services/shared/database/oracle-columns';
import { inTransaction } from '../../services/shared/database/transaction';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import type { Fault } from '../support/oracle-server/faults';
import type { SpawnedOracleServer } from '../support/oracle-server/spawn-oracle-server';
import { useCollector } from './collector-world';

// the grammar takes seconds for a statement that it has not seen before
jest.setTimeout(300_000);

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const idOf = (no: number): string => `m-${String(no).padStart(4, '0')}`;

/** What happens to a session, what the batch fails with, and whether it was committed all the same. */
const FAULTS: readonly (readonly [string, Fault, string, boolean])[] = [
  ['the connection is lost before the commit', { kind: 'kill-at-commit', when: 'before' }, 'DB_UNAVAILABLE', false],
  ['the connection is lost after the commit', { kind: 'kill-at-commit', when: 'after' }, 'DB_UNAVAILABLE', true],
  ['a deadlock', { kind: 'fail', number: 60, matching: 'UPDATE SM_SEND_T' }, 'DB_DEADLOCK', false],
  ['undo is full', { kind: 'fail', number: 30036, matching: 'DELETE FROM CLIENT_SMS_RESP' }, 'DB_FULL', false],
  ['the instance goes down', { kind: 'fail', number: 1089, matching: 'SKIP LOCKED' }, 'DB_UNAVAILABLE', false],
];

describe('the collector on Oracle (the stand-in)', () => {
  const { collector, events, login, database, into, message, resp, report, recv, count } = useCollector('oracledb');
  const oracle = (): SpawnedOracleServer => database().oracle as SpawnedOracleServer;
  const messages = (n: number) => into('sm_send_t')(...upTo(n).map((no) => message(idOf(no), {})));
  const submitted = (n: number) =>
    resp(...upTo(n).map((no) => ({ msg_id: idOf(no), gateway_msg_id: `g${no}`, result: '0' })));

  it('a row that somebody else deleted before it was locked is not claimed', async () => {
    await recv(...upTo(3).map((no) => ({ seq_id: no, src_addr: '10086', dest_addr: '10698001', content: `no ${no}` })));
    const gone = { text: 'DELETE FROM CLIENT_SMS_RECV WHERE SEQ_ID = :1', key: [KEY_COLUMN] };
    const claimed = await inTransaction(login().db, async ({ oracle }) => {
      await database().run('DELETE FROM client_sms_recv WHERE seq_id = 2');
      return deleteClaimed(oracle, gone, ['1', '2', '3'], (id) => [id]);
    });
    expect(claimed).toEqual(['1', '3']);
  });

  // the province's table may have no key
  it('takes none of the rows that have one number, says so, and passes over a row without a number', async () => {
    const names = loadExchangeNames();
    const { db, run } = database();
    await db.oracle.execute(`CREATE TABLE KEYLESS_RECV (SEQ_ID NUMBER(19), SRC_ADDR VARCHAR2(20), DEST_ADDR VARCHAR2(20), MSG_FMT NUMBER(5),
      CONTENT VARCHAR2(1000), RECV_TIME TIMESTAMP(3))`);
    const enter = (no: number | null) =>
      run('INSERT INTO keyless_recv (seq_id, src_addr) VALUES ($1, $2)', [no, '10086']);
    const claims = createExchangeClaims(db, { ...names, tables: { ...names.tables, recv: 'KEYLESS_RECV' } });
    const claim = async (selection: Parameters<typeof claims.recv>[1]) =>
      (await inTransaction(db, (tx) => claims.recv(tx, selection))).map(({ id }) => id);
    for (const no of [null, 1, 7, 7, 8]) await enter(no);
    // also where only one of the two was fetched
    for (const selection of [{ limit: 10 }, { limit: 2 }, { ids: ['7'] }])
      await expect(claim(selection)).rejects.toMatchObject({
        code: 'DB_SCHEMA',
        message: expect.stringContaining('SEQ_ID of KEYLESS_RECV is not unique: 2 rows have 7'),
      });
    expect(await count('keyless_recv')).toBe(5);
    await run('DELETE FROM keyless_recv WHERE seq_id = 7');
    expect(await claim({ limit: 10 })).toEqual(['1', '8']);
    expect(await count('keyless_recv WHERE seq_id IS NULL')).toBe(1);
    await db.oracle.execute('DROP TABLE KEYLESS_RECV');
  });

  // what a batch costs where each round trip is half a millisecond of the network
  it('takes six round trips at most, the commit with it', async () => {
    const { batch } = collector();
    // a session says once what it sorts by
    await batch('resp');
    const tripsOf = async (source: SourceName): Promise<readonly string[]> => {
      await oracle().clearLog();
      expect(await batch(source)).toMatchObject({ rows: 1000 });
      return (await oracle().roundTrips()).map(({ call }) => call);
    };
    // the second time as well: the driver has another form for what it knows
    for (let time = 0; time < 2; time += 1) {
      await messages(1000);
      await submitted(1000);
      expect(await tripsOf('resp')).toHaveLength(5);
      await report(
        ...upTo(1000).map((no) => ({
          msg_id: no % 2 === 0 ? idOf(no) : null,
          gateway_msg_id: no % 10 === 1 ? `strange${no}` : `G${no}`,
          stat: 'DELIVRD',
        })),
      );
      // claim, delete, look up, settle, keep those that wait, commit
      expect(await tripsOf('report')).toHaveLength(6);
      await recv(...upTo(1000).map((no) => ({ src_addr: `1380013${no}`, dest_addr: '10698001', content: `no ${no}` })));
      expect(await tripsOf('recv')).toHaveLength(4);
      await database().empty();
    }
  });

  it.each(FAULTS)('%s: the batch is done again, nothing is lost', async (_what, fault, code, committed) => {
    await messages(3);
    await submitted(3);
    const { batch } = collector();
    await oracle().inject(fault);
    await expect(batch('resp')).rejects.toMatchObject({ code, retryable: true });
    await oracle().clearFaults();
    expect(await count('client_sms_resp')).toBe(committed ? 0 : 3);
    expect(await batch('resp')).toMatchObject({ rows: committed ? 0 : 3 });
    expect(await count("sm_send_t WHERE status = 'SUBMITTED'")).toBe(3);
    const { statuses } = await events().take();
    expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(3);
  });
});
