import { randomBytes } from 'node:crypto';
import { answersSwitch } from '../../cli/migrate/switch-answers';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { RANK } from '../../shared/ledger/status';
import { MSG_ID_RANDOM, toMsgId } from '../../shared/sms/msg-id';
import type { Row } from '../support/insert-rows';
import { onOracle } from '../support/test-engines';
import { useCollector } from './collector-world';

const MAPPING = loadExchangeMapping();
const { on, off } = answersSwitch('oracledb');

/** Codes other than the defaults; the last one depends on the order of the table. */
const OTHER_CODES: ExchangeMapping['codes'] = {
  ...MAPPING.codes,
  submitSuccess: '^(OK|0[A-C])$',
  unknownReportIsFinal: true,
  report: [
    { pattern: '^D(LV)?$', status: 'DELIVERED', isFinal: true },
    { pattern: '^(X|[^0-9].*)[7-9]+$', status: 'REJECTED', isFinal: true },
    { pattern: '^[A-F]{2}\\.', status: 'UNKNOWN', isFinal: false },
  ],
};

/** A province with its own names, some of which are Oracle's keywords, and its own clock. */
const OTHER_NAMES: ExchangeMapping = {
  ...MAPPING,
  tables: { send: 'SMS_OUT', resp: 'SMS_OUT_ANSWER', report: 'SMS_OUT_STATE', recv: 'SMS_IN' },
  columns: {
    ...MAPPING.columns,
    resp: { seqId: 'ID', msgId: 'SMS_ID', gatewayMsgId: 'GW_ID', result: 'RC', resultDesc: 'RC_TEXT', respTime: 'AT' },
    report: {
      ...MAPPING.columns.report,
      seqId: 'ID',
      gatewayMsgId: 'GATEWAY_CODE',
      msgId: 'MESSAGE_ID',
      stat: 'STATUS',
    },
    recv: { seqId: 'ID', srcAddr: 'PHONE', destAddr: 'TO_NUMBER', content: 'BODY', msgFmt: 'FMT', recvTime: 'AT' },
  },
  codes: OTHER_CODES,
  accessNumber: '95598',
  timeZone: '+08:00',
};

const RESULTS = ['0', '000', ' 0 ', '00x', '13', '1', '8', 'OK', 'ok', '0B', '0D'];
const STATES = [
  'DELIVRD',
  'delivrd',
  ' DELIVRD ',
  '0',
  '000',
  '00',
  'EXPIRED',
  'ENROUTE',
  'UNDELIV',
  'UNDELIVX',
  'MA:0001',
  'ma:0001',
  'M1:0001',
  'ID:1',
  'BLACKLIST',
  'UNKNOWN',
  'DB:0102',
  'mi0020',
  'SGIP:0',
  'SGIP:23',
  '601',
  '-13',
  '1',
  'W-BLACK',
  'ZZ:9999',
  'D',
  'DLV',
  'DLVX',
  'X7',
  'x77',
  'Q q9',
  '19',
  'AB.C',
  'ABC',
];

/** Texts that gateways write for "no id", and texts that only resemble them. */
const NOTHING = [
  '0',
  '00',
  '-',
  '0x00',
  '0x',
  'x0',
  '-0x0',
  'NULL',
  'null',
  'None',
  'nil',
  'NaN',
  'NA',
  'n/a',
  'N-A',
  'N A',
  'N.U.L.L',
  'undefined',
  'Unknown',
  '-1',
  '-01',
  '-12',
  '00000000-0000',
  '无',
  '0无',
];

/**
 * Two spellings of one id each, as a gateway may write them; some with letters whose capitals
 * depend on the language.
 */
const SPELLINGS = [
  ['abc1', 'ABC1'],
  ['00ab2', 'AB2'],
  ['a-b_3', 'A-B_3'],
  [' pad4 ', 'PAD4'],
  ['\ttab5\n', 'tab5'],
  ['\u3000wide6', 'WIDE6'],
  ['\u00a0hard7', 'hard7'],
  ['caf\u00e98', 'CAF\u00c98'],
  ['stra\u00dfe9', 'STRASSE9'],
  ['\u0131d10', 'ID10'],
  ['\u017f11', 'S11'],
  ['\uff21\uff2212', '\uff41\uff4212'],
  ['编号13', '编号13'],
  ['x\u200b14', 'X14'],
  [`${'l'.repeat(62)}15`, `${'L'.repeat(62)}15`],
] as const;

/** Triggers and collector must settle a reply alike, in every state of the message. */
const suiteWith = (mapping: ExchangeMapping) => () => {
  const { columns, accessNumber } = mapping;
  const { collector, database, into, resp, report, recv, message, states } = useCollector('oracledb', mapping);

  const collectAll = async () => {
    const { batch } = collector();
    for (const name of ['resp', 'report'] as const) await batch(name);
    await collector({ now: () => Date.now() + 1_000 }).batch('wait');
  };
  /** The gateway's text beside the code, at a time of the province's clock; sometimes empty. */
  const words = {
    resp: (at: number): Row => ({
      [columns.resp.resultDesc as string]: at % 2 === 0 ? `说明 ${at}` : null,
      [columns.resp.respTime as string]: at % 4 === 0 ? null : new Date(Date.UTC(2026, 10, 24, 8, 0, at % 60)),
    }),
    report: (at: number): Row => ({
      [columns.report.submitTime as string]: at % 4 === 0 ? null : new Date(Date.UTC(2026, 10, 24, 8, 0, at % 60)),
      [columns.report.doneTime as string]: at % 5 === 0 ? null : new Date(Date.UTC(2026, 10, 24, 9, 0, at % 60)),
    }),
  };
  /** Settles the replies against one message of each status, and returns the messages. */
  const settle = async (answers: readonly Row[], table: 'resp' | 'report', settling: () => Promise<void>) => {
    const messages = Object.keys(RANK).flatMap((status, rank) =>
      answers.map((_answer, at) =>
        message(`m-${rank}-${at}`, {
          status,
          reason: 'before',
          part_count: 2,
          need_report: at % 3 > 0,
          ...(rank % 2 === 0 ? {} : { gateway_code: 'old', gateway_msg_id: `old-${rank}-${at}` }),
        }),
      ),
    );
    await into('sm_send_t')(...messages);
    await { resp, report }[table](
      ...messages.map(({ message_id }, at) => ({
        ...answers[at % answers.length],
        ...words[table](at),
        [columns[table].msgId as string]: message_id,
        [columns[table].gatewayMsgId as string]: `00g${at}`,
      })),
    );
    await settling();
    const settled = await states();
    const said = await database().run(
      'SELECT message_id, gateway_submitted_at, gateway_done_at, gateway_message FROM sm_send_t ORDER BY message_id',
    );
    await database().empty();
    return settled.map((row, at): Row => ({ ...row, ...said[at] }));
  };
  const both = async (answers: readonly Row[], table: 'resp' | 'report') => {
    const byCollector = await settle(answers, table, collectAll);
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    const byTriggers = await settle(answers, table, async () => undefined);
    await off(database().db, mapping);
    await database().empty();
    return { byCollector, byTriggers };
  };

  it('settle submit results alike', async () => {
    const { byCollector, byTriggers } = await both(
      RESULTS.map((result) => ({ [columns.resp.result]: result })),
      'resp',
    );
    expect(byTriggers).toEqual(byCollector);
    expect(new Set(byTriggers.filter(({ reason }) => reason === null).map(({ status }) => status)).size).toBe(2);
  });

  it('settle reports alike', async () => {
    const answers = STATES.flatMap((stat) => [
      { [columns.report.stat]: stat },
      { [columns.report.stat]: ' ', [columns.report.errCode as string]: stat },
    ]);
    const { byCollector, byTriggers } = await both(answers, 'report');
    expect(byTriggers).toEqual(byCollector);
    expect(
      new Set(byTriggers.filter(({ reason }) => reason === null).map(({ status }) => status)).size,
    ).toBeGreaterThan(2);
  });

  it('find the messages of gateway ids alike', async () => {
    const find = async (settling: () => Promise<void>) => {
      const number = (no: number) => `86138001380${String(no).padStart(2, '0')}`;
      await into('sm_send_t')(
        ...Array.from({ length: 16 }, (_, no) =>
          message(`m-${String(no).padStart(2, '0')}`, { dest_addr: number(no) }),
        ),
      );
      const result = (no: number, id: string | null, code = mapping === MAPPING ? '0' : 'OK') => ({
        [columns.resp.msgId]: `m-${String(no).padStart(2, '0')}`,
        [columns.resp.gatewayMsgId as string]: id,
        [columns.resp.result]: code,
      });
      await resp(
        ...[0, 1, 2, 3].map((no) => result(no, '00Group')),
        ...['0', '-', 'null', '(NULL)', '0x00', '00000000-0000', 'NULL7', 'other7'].map((id) => result(7, id)),
        result(8, 'a8', '99'),
        result(8, 'b8'),
        result(9, 'x'.repeat(64)),
        result(10, 'alone'),
        result(11, 'alone2'),
      );
      await settling();
      const told = (id: string, number: string | null) => ({
        [columns.report.gatewayMsgId as string]: id,
        [columns.report.destAddr as string]: number,
        [columns.report.stat]: mapping === MAPPING ? 'DELIVRD' : 'DLV',
      });
      await report(
        told('GROUP', '13800138000'),
        told('group', `+${number(2)}`),
        told('group', '12593 13800138003'),
        told('group', '13700137000'),
        told('group', null),
        told('OTHER7', null),
        told('a8', null),
        told('0', null),
        told('null', '13800138007'),
        told('ALONE', null),
        told('alone2', '13700137000'),
      );
      await settling();
      const settled = await states();
      await database().empty();
      return settled;
    };
    const byCollector = await find(collectAll);
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    const byTriggers = await find(async () => undefined);
    await off(database().db, mapping);
    await database().empty();
    expect(byTriggers).toEqual(byCollector);
    const delivered = byTriggers.filter(({ status }) => status === 'DELIVERED').map(({ message_id }) => message_id);
    expect(delivered).toEqual(['m-00', 'm-02', 'm-03', 'm-07', 'm-08', 'm-10']);
  });

  it('know gateway ids of every spelling alike, or leave them to the collector', async () => {
    const told = mapping === MAPPING ? { ok: '0', delivered: 'DELIVRD' } : { ok: 'OK', delivered: 'DLV' };
    const dressed = NOTHING.flatMap((word) => [word, `(${word})`, `-${word}.`, `${word}7`, `7${word}`, `${word}\t`]);
    const answers = [
      ...[...dressed, ...SPELLINGS.flat()].map((id, at) => ({ id, said: SPELLINGS.flat()[at - dressed.length] ?? id })),
      // the id of the submit result in the first spelling, the report's in the second
      ...SPELLINGS.flatMap(([one, other]) => [
        { id: `${one}`, said: `${other}` },
        { id: `${other}`, said: `${one}` },
      ]),
    ].map((answer, at) => ({
      ...answer,
      messageId: `m-${String(at).padStart(3, '0')}`,
      number: `86138001${38000 + at}`,
    }));
    const find = async (settling: () => Promise<void>) => {
      await into('sm_send_t')(...answers.map(({ messageId, number }) => message(messageId, { dest_addr: number })));
      await resp(
        ...answers.map(({ id, messageId }) => ({
          [columns.resp.msgId]: messageId,
          [columns.resp.gatewayMsgId as string]: id,
          [columns.resp.result]: told.ok,
        })),
      );
      await settling();
      await report(
        ...answers.map(({ said, number }, at) => ({
          [columns.report.gatewayMsgId as string]: said,
          [columns.report.destAddr as string]: number,
          [columns.report.stat]: at % 7 === 6 ? `${told.delivered}\u3000` : told.delivered,
        })),
      );
      await settling();
      return states();
    };
    const byCollector = await find(collectAll);
    await database().empty();
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    const byTriggers = await find(async () => undefined);
    // a trigger that settles a reply settles it as the collector does
    for (const [at, settled] of byTriggers.entries())
      expect([
        { ...byCollector[at], left: answers[at] },
        { ...byCollector[at], status: 'SUBMITTED', final: false, parts_done: 0, left: answers[at] },
        {
          ...byCollector[at],
          status: 'HANDED',
          submitted: false,
          final: false,
          parts_done: 0,
          gateway_msg_id: null,
          left: answers[at],
        },
      ]).toContainEqual({ ...settled, gateway_code: byCollector[at]?.gateway_code, left: answers[at] });
    await off(database().db, mapping);
    await collectAll();
    const afterwards = await states();
    await database().empty();
    expect(afterwards).toEqual(byCollector);
    const delivered = byTriggers.filter(({ status }) => status === 'DELIVERED');
    expect(delivered.length).toBeGreaterThan(dressed.length / 4);
  });

  it('leave a cut MSG_ID to the collector', async () => {
    const whole = toMsgId(Date.now() * 1000, randomBytes(MSG_ID_RANDOM), 0);
    const cut = whole.slice(0, 16);
    const stat = mapping === MAPPING ? 'DELIVRD' : 'DLV';
    const find = async (settling: () => Promise<void>) => {
      await into('sm_send_t')(
        message('cut', { msg_id: whole }),
        // an older message whose gateway id is the same text
        message('other', { msg_id: 'OTHER', status: 'SUBMITTED', gateway_msg_id: 'g1', submitted_at: new Date() }),
      );
      await report({
        [columns.report.msgId as string]: cut.toLowerCase(),
        [columns.report.gatewayMsgId as string]: 'G1',
        [columns.report.stat]: stat,
      });
      await settling();
      return (await states()).map(({ message_id, status }) => [message_id, status]);
    };
    const byCollector = await find(collectAll);
    await database().empty();
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    expect(await find(async () => undefined)).toEqual([
      ['cut', 'HANDED'],
      ['other', 'SUBMITTED'],
    ]);
    await off(database().db, mapping);
    await collectAll();
    expect((await states()).map(({ message_id, status }) => [message_id, status])).toEqual(byCollector);
    expect(byCollector[0]).toEqual(['cut', 'DELIVERED']);
  });

  it('leave received messages that only the collector can read to the collector', async () => {
    const { srcAddr, destAddr, content, recvTime } = columns.recv;
    const access = `${accessNumber}01`;
    const wide = [...access].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('');
    const rows = [
      ['\u200e13800138000', access, '收到'],
      ['13800138000', wide, '收到'],
      ['13800138000', `${access}\u200b`, '收到'],
      ['13800138000', access, '\u0006\u0008\u0004\u0001\u0001\u0002\u0001收到'],
      ['13800138000', access, '\u0608\u0401\u0102\u0100收到'],
      ['13800138000', access, '收到'],
    ].map(([from, to, text], at) => ({
      [columns.recv.seqId]: 2_000_000 + at,
      [srcAddr]: from,
      [destAddr]: to,
      [content]: text,
      [recvTime as string]: new Date('2026-11-24T08:00:00.123Z'),
    }));
    const entered = () =>
      database().run(
        'SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, received_at FROM sm_receive_t ORDER BY received_id',
      );
    const billing = { username: 'BILLING', app_id: 'billing', ext_code: '01', role: 'application' };
    await into('login_user')(billing);
    await recv(...rows);
    await collector().batch('recv');
    const byCollector = await entered();
    await database().empty();
    await into('login_user')(billing);
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    await recv(...rows);
    expect(await entered()).toHaveLength(1);
    await off(database().db, mapping);
    await collector().batch('recv');
    expect(await entered()).toEqual(byCollector);
    expect(byCollector.map(({ app_id }) => app_id)).toEqual(rows.map(() => 'billing'));
  });

  it('enter received messages alike', async () => {
    const from = [
      '13800138000',
      '+8613800138000',
      '008613800138000',
      ' 8613800138000 ',
      '1064899123456',
      '10086',
      '12306',
    ];
    const to = ['01', '0188', '', '99', '1'].flatMap((extension) => [
      `${accessNumber}${extension}`,
      `+86 ${accessNumber}-${extension}`,
      `0086${accessNumber} ${extension}`,
      `86${accessNumber}${extension}`,
      `00${accessNumber}${extension}`,
      `1${accessNumber}${extension}`,
    ]);
    const rows = from.flatMap((src_addr) =>
      to.map((dest_addr) => ({
        [columns.recv.srcAddr]: src_addr,
        [columns.recv.destAddr]: dest_addr,
        [columns.recv.content]: `${src_addr} 收到 👍`,
        [columns.recv.recvTime as string]: new Date('2026-11-24T08:00:00.123Z'),
      })),
    );
    const entered = async (batch: () => Promise<unknown>) => {
      await into('login_user')(
        { username: 'BILLING', app_id: 'billing', ext_code: '01', role: 'application' },
        { username: 'OUTAGE', app_id: 'outage', ext_code: '0188', role: 'application' },
      );
      await recv(...rows.map((row, at) => ({ [columns.recv.seqId]: 1_000_000 + at, ...row })));
      await batch();
      const found = await database().run(
        'SELECT received_id, src_addr, dest_addr, ext_code, app_id, content, received_at FROM sm_receive_t ORDER BY received_id',
      );
      await database().empty();
      return found;
    };
    const byCollector = await entered(() => collector().batch('recv'));
    await on(database().db, mapping, { tablespaces: false }, 'CN');
    const byTriggers = await entered(async () => undefined);
    await off(database().db, mapping);
    expect(byTriggers).toEqual(byCollector);
    expect(byTriggers).toHaveLength(rows.length);
    expect(new Set(byTriggers.map(({ app_id }) => app_id))).toEqual(new Set(['billing', 'outage', null]));
  });
};

onOracle('triggers in the database and the collector, with the default codes', suiteWith(MAPPING));
onOracle('triggers in the database and the collector, with other names and codes', suiteWith(OTHER_NAMES));
