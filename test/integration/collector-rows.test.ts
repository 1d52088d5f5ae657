import { collectBatch } from '../../services/report-collector/collect-batch';
import { createCollectLoop } from '../../services/report-collector/collect-loop';
import { createBacklogProbe } from '../../services/report-collector/sql/backlog-probe';
import { forEngine, type PerEngine } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createJudge } from '../../shared/faults/judge-with-probe';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const MAPPING = loadExchangeMapping();

/** The differences: how a column is made wider, and the times that no calendar here has. */
const ODD: PerEngine<{ readonly widen: string; readonly times: readonly unknown[]; readonly first: string }> = {
  pg: {
    widen: 'ALTER TABLE client_sms_resp ALTER gateway_msg_id TYPE text',
    times: ['infinity', '294000-01-01'],
    first: 'Infinity',
  },
  oracledb: {
    widen: 'ALTER TABLE CLIENT_SMS_RESP MODIFY (GATEWAY_MSG_ID VARCHAR2(4000 CHAR))',
    times: [new Date('9999-12-31T00:00:00Z'), new Date('1969-12-31T00:00:00Z')],
    first: '9999-12-31T00:00:00.000Z',
  },
};

onEachEngine('rows of the exchange tables', (engine) => {
  const { collector, events, database, login, into, ledger, resp, recv, count } = useCollector(engine);
  const odd = forEngine(engine, ODD);

  it('are counted, and found without counting', async () => {
    const { peek, count } = createBacklogProbe(login().db, MAPPING);
    const now = Date.now();
    expect(await peek(now)).toEqual(new Set());
    await resp({ msg_id: 'm', result: '0' }, { msg_id: 'm', result: '0' });
    await recv({ src_addr: '13800138000', dest_addr: '10698001', content: 'TD' });
    const waiting = { event_id: 'e', source_seq: '1', first_seen_at: new Date(now), tries: 1 };
    await into('sm_report_wait')({ ...waiting, next_try_at: new Date(now + 1_000) });
    expect(await peek(now)).toEqual(new Set(['resp', 'recv']));
    expect(await peek(now + 1_000)).toEqual(new Set(['resp', 'recv', 'wait']));
    expect(await count()).toEqual({ resp: 2, report: 0, recv: 1, wait: 1 });
  });

  it('are set aside with columns and reason when they are unusable; the others go through', async () => {
    await ledger('m-0001');
    await database().run(odd.widen);
    await resp({ msg_id: null, gateway_msg_id: 'g', result: '0', resp_time: odd.times[0] });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g'.repeat(65), result: '0' });
    for (const resp_time of odd.times) await resp({ msg_id: 'm-0001', gateway_msg_id: 'g1', result: '0', resp_time });
    await resp({ msg_id: 'm-0001', gateway_msg_id: 'g1', result: '0' });
    const rows = await database().run('SELECT seq_id FROM client_sms_resp ORDER BY seq_id');
    const seqs = rows.map(({ seq_id }) => String(seq_id));
    const { batch } = collector();
    expect(await batch('resp')).toEqual({ rows: 5, outcomes: { set_aside: 1, submitted: 1, unchanged: 3 } });
    const { statuses, letters } = await events().take();
    expect(statuses).toHaveLength(4);
    expect(letters.map(({ headers }) => [headers.reason, headers['source-table'], headers['source-seq']])).toEqual([
      ['ROW_VALUE_MISSING', 'CLIENT_SMS_RESP', seqs[0]],
    ]);
    expect(letters[0]).toMatchObject({
      key: seqs[0],
      row: { SEQ_ID: seqs[0], MSG_ID: null, GATEWAY_MSG_ID: 'g', RESULT: '0', RESULT_DESC: null, RESP_TIME: odd.first },
    });
    expect(await count('client_sms_resp')).toBe(0);
  });

  it('are isolated when the database refuses one, and only that one is set aside', async () => {
    await database().run("ALTER TABLE sm_receive_t ADD CONSTRAINT good_ck CHECK (content NOT LIKE 'bad%')");
    await recv(
      ...Array.from({ length: 99 }, (_, at) => at + 1).map((no) => ({
        src_addr: '13800138000',
        dest_addr: '10698001',
        content: `${[1, 50, 51].includes(no) ? 'bad' : 'good'} ${no}`,
      })),
    );
    const rows = await database().run("SELECT seq_id FROM client_sms_recv WHERE content LIKE 'bad%'");
    const { sources, ports } = collector();
    const stopping = new AbortController();
    const loop = createCollectLoop(
      {
        collect: (selection, how) => collectBatch(sources.recv, selection, ports, how),
        peek: async () => true,
        isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
        ...createJudge(async () => undefined),
        describe: async (error) => (error as Error).message,
        pause: async () => {
          if ((await count('client_sms_recv')) === 0) stopping.abort();
        },
        signal: stopping.signal,
        now: Date.now,
        onCollected: () => undefined,
        onProblem: () => undefined,
      },
      { batchSize: 40, slots: 2, idle: { minMs: 1, maxMs: 1 }, retry: { minMs: 1, maxMs: 1 } },
    );
    await loop.run();
    const { received, letters } = await events().take();
    expect(letters.map(({ headers }) => `${headers.reason} ${headers['source-seq']}`).sort()).toEqual(
      rows.map(({ seq_id }) => `DB_DATA ${seq_id}`).sort(),
    );
    expect(letters[0]?.headers.message).not.toContain('13800138000');
    expect(
      new Set(received.filter(({ content }) => content.startsWith('good')).map(({ receivedId }) => receivedId)).size,
    ).toBe(96);
    expect(await count('sm_receive_t')).toBe(96);
    await database().run('ALTER TABLE sm_receive_t DROP CONSTRAINT good_ck');
  });

  it('become received messages with any values in the other columns, and a text as long as the column', async () => {
    const long = ['好'.repeat(1333), 'x'.repeat(4000), `${'好'.repeat(1332)}👍`];
    await recv(
      { src_addr: '13800138000', dest_addr: null, content: 'TD', recv_time: odd.times[0] },
      ...long.map((content) => ({ src_addr: '13800138000', dest_addr: '10698001', content })),
    );
    // a reused number is another row when its content differs
    const reused = { seq_id: 987_654, src_addr: '13800138000', dest_addr: '10698001' };
    const { batch } = collector();
    expect(await batch('recv')).toEqual({ rows: 4, outcomes: { unrouted: 1, received: 3 } });
    for (const content of ['是', '否']) {
      await recv({ ...reused, content });
      await batch('recv');
    }
    const { received, letters } = await events().take();
    expect(letters).toEqual([]);
    expect(received.map(({ content }) => content)).toEqual(['TD', ...long, '是', '否']);
    expect(received[0]).toMatchObject({ to: '', appId: null, from: '8613800138000' });
    expect(Math.abs((received[0]?.receivedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    const kept = await database().run<{ content: string; dest_addr: string | null }>(
      'SELECT content, dest_addr FROM sm_receive_t ORDER BY recorded_at, content',
    );
    expect(kept.map(({ content }) => content.length).sort((a, b) => a - b)).toEqual([1, 1, 2, 1333, 1334, 4000]);
    expect(kept.filter(({ dest_addr }) => dest_addr === null)).toHaveLength(1);
  });

  it('become received messages once, routed by the longest extension', async () => {
    const time = new Date(Date.now() - 60_000);
    const first = {
      seq_id: 7,
      src_addr: '13800138000',
      dest_addr: '1069800188',
      content: 'TD',
      msg_fmt: 8,
      recv_time: time,
    };
    await recv(
      first,
      { seq_id: 8, src_addr: '+8613800138000', dest_addr: '86106980015', content: '收到', recv_time: time },
      { seq_id: 9, src_addr: '10086', dest_addr: '1069809', content: null },
    );
    let refreshed = 0;
    const refresh = async () => {
      refreshed += 1;
    };
    const { batch } = collector({ refresh });
    expect(await batch('recv')).toEqual({ rows: 3, outcomes: { received: 2, unrouted: 1 } });
    expect(refreshed).toBe(1);
    const { received } = await events().take();
    expect(received).toMatchObject([
      {
        from: '8613800138000',
        to: '1069800188',
        appId: 'outage',
        extCode: '0188',
        content: 'TD',
        receivedAt: time.getTime(),
      },
      { from: '8613800138000', to: '86106980015', appId: 'billing', extCode: '01', content: '收到' },
      { from: '10086', appId: null, extCode: null, content: '' },
    ]);
    // the same rows again, as after a restore: the same ids, and no second entry
    await recv(first);
    await batch('recv');
    expect((await events().take()).received[0]?.receivedId).toBe(received[0]?.receivedId);
    const rows = await database().run(
      'SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, attempt, offered_at, recorded_at FROM sm_receive_t ORDER BY src_addr, dest_addr',
    );
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({
      received_id: received[0]?.receivedId,
      src_addr: '8613800138000',
      dest_addr: '1069800188',
      ext_code: '0188',
      app_id: 'outage',
      content: 'TD',
    });
    expect(Number(rows[1]?.attempt)).toBe(1);
    expect(rows[1]?.offered_at).toEqual(rows[1]?.recorded_at);
  });
});

const OWN_NAMES: ExchangeMapping = {
  ...MAPPING,
  tables: { send: 'T_SEND', resp: 'T_SUBMIT_RESULT', report: 'T_DELIVERY', recv: 'T_INBOX' },
  columns: {
    ...MAPPING.columns,
    resp: { ...MAPPING.columns.resp, seqId: 'NO', msgId: 'SISMSID', result: 'SENTRESULT' },
    report: { ...MAPPING.columns.report, seqId: 'ROW_NO', stat: 'SMSSTATUS', gatewayMsgId: 'GWID' },
    recv: { ...MAPPING.columns.recv, srcAddr: 'SOURCEADDR', content: 'MESSAGECONTENT' },
  },
  codes: {
    ...MAPPING.codes,
    submitSuccess: '^OK$',
    report: [{ pattern: '^DELIVERYTOTERMINAL$', status: 'DELIVERED' as const, isFinal: true }],
  },
};

onEachEngine("the collector with the province's own names", (engine) => {
  const { collector, events, ledger, resp, report, recv } = useCollector(engine, OWN_NAMES);

  it('works on tables, columns and codes with other names', async () => {
    await ledger('m');
    await resp({ sismsid: 'm', gateway_msg_id: 'g', sentresult: 'OK' });
    await report({ gwid: 'G', smsstatus: 'DeliveryToTerminal' }, { gwid: null, smsstatus: 'x' });
    await recv({ sourceaddr: '10086', dest_addr: '10698001', messagecontent: 'hi' });
    const { batch } = collector();
    for (const source of ['resp', 'report', 'recv'] as const) await batch(source);
    const { statuses, received, letters } = await events().take();
    expect(statuses.map(({ status }) => status)).toEqual(['SUBMITTED', 'DELIVERED']);
    expect(received).toMatchObject([{ content: 'hi', appId: 'billing' }]);
    expect(letters).toMatchObject([
      { headers: { 'source-table': 'T_DELIVERY' }, row: { ROW_NO: '2', SMSSTATUS: 'x', GWID: null } },
    ]);
  });
});
