import type { Fault } from '../../oracle-stand-in/faults';
import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import type { InboundTableName } from '../../services/report-collector/collect-batch';
import { useCollector } from './collector-world';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const idOf = (no: number): string => `m-${String(no).padStart(4, '0')}`;

/** Faults of a session: the error that the batch gets, and whether it was committed anyway. */
const FAULTS: readonly (readonly [string, Fault, string, boolean])[] = [
  ['the connection is lost before the commit', { kind: 'kill-at-commit', when: 'before' }, 'DB_UNAVAILABLE', false],
  ['the connection is lost after the commit', { kind: 'kill-at-commit', when: 'after' }, 'DB_UNAVAILABLE', true],
  ['a deadlock', { kind: 'fail', number: 60, matching: 'UPDATE SM_SEND_T' }, 'DB_DEADLOCK', false],
  ['undo is full', { kind: 'fail', number: 30036, matching: 'DELETE FROM CLIENT_SMS_RESP' }, 'DB_FULL', false],
  ['the instance goes down', { kind: 'fail', number: 1089, matching: 'SKIP LOCKED' }, 'DB_UNAVAILABLE', false],
];

describe('the collector on Oracle (the stand-in)', () => {
  const { collector, events, database, into, message, resp, report, recv, count } = useCollector('oracledb');
  const oracle = (): SpawnedOracleServer => database().oracle as SpawnedOracleServer;
  const messages = (n: number) => into('sm_send_t')(...upTo(n).map((no) => message(idOf(no), {})));
  const submitted = (n: number) =>
    resp(...upTo(n).map((no) => ({ msg_id: idOf(no), gateway_msg_id: `g${no}`, result: '0' })));

  // the cost of a batch on a network of half a millisecond a round trip
  it('takes at most six round trips, the commit included', async () => {
    const { batch } = collector();
    // a session sends its sort setting once
    await batch('resp');
    const tripsOf = async (source: InboundTableName): Promise<readonly string[]> => {
      await oracle().clearLog();
      expect(await batch(source)).toMatchObject({ rows: 1000 });
      return (await oracle().roundTrips()).map(({ call }) => call);
    };
    // the second time as well: the driver sends a known statement in another form
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

  it.each(FAULTS)('repeats the batch and loses nothing: %s', async (_what, fault, code, committed) => {
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
