import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExchangeMapping, toReportOutcome } from '../../../shared/exchange/exchange-mapping';
import { toSendColumns, waitingRows } from '../../../shared/exchange/send-columns';

const fileOf = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'names-')), 'exchange.json');
  writeFileSync(path, content);
  return path;
};

describe('names of the exchange tables', () => {
  it('have defaults, each of which can be changed alone', () => {
    const mapping = loadExchangeMapping(
      fileOf('{"tables":{"send":"yjsms.MT_OUT"},"columns":{"recv":{"srcAddr":"CALLER"}}}'),
    );
    expect(mapping.tables).toEqual({
      send: 'yjsms.MT_OUT',
      resp: 'CLIENT_SMS_RESP',
      report: 'CLIENT_SMS_REPORT',
      recv: 'CLIENT_SMS_RECV',
    });
    expect(mapping.columns.recv).toMatchObject({ srcAddr: 'CALLER', content: 'CONTENT' });
    expect(mapping.columns.send).toEqual(loadExchangeMapping().columns.send);
  });

  it.each([
    ['{"tables":{"send":"A; DROP TABLE B"}}', /tables\.send: must be a plain SQL name/],
    ['{"tables":{"sent":"A"}}', /sent/],
    [
      '{"codes":{"report":[{"pattern":"(","status":"DELIVERED","isFinal":true}]}}',
      /codes\.report\.0\.pattern: must be a regular expression/,
    ],
    ['{"tables":{"send":"1A"},"answers":"often"}', /tables\.send.*answers/],
    ['{"timeZone":"Beijing"}', /timeZone: must be an IANA name such as Asia\/Shanghai, or an offset such as \+08:00/],
    ['{"columns":{"send":{"msgId":null}}}', /columns\.send\.msgId/],
    ['{"columns":{"resp":{"result":null}}}', /columns\.resp\.result/],
    [
      '{"columns":{"report":{"msgId":null,"gatewayMsgId":null}}}',
      /columns: report\.msgId and report\.gatewayMsgId cannot both/,
    ],
    [
      '{"columns":{"report":{"msgId":null},"resp":{"gatewayMsgId":null}}}',
      /columns: report\.msgId and resp\.gatewayMsgId cannot both/,
    ],
    ['{"send":{"constants":{"A B":1}}}', /send\.constants\.A B/],
    ['{"send":{"constants":{"S.ID":1}}}', /send\.constants\.S\.ID/],
    ['{"send":{"constants":{"X":null}}}', /send\.constants\.X/],
    ['{"send":{"constants":{"X":"a\\nb"}}}', /send\.constants\.X: .*control characters/],
    ['{"send":{"constants":{"X":"a\\\\"}}}', /send\.constants\.X: .*backslashes/],
    ['{"send":{"constants":{"msg_id":"x"}}}', /send\.constants\.msg_id: is written already/],
    ['{"send":{"constants":{"A":1,"a":2}}}', /send\.constants\.a: is written already/],
    ['{"send":{"taken":{"values":[1]}}}', /send\.taken\.column/],
    ['{"send":{"taken":{"column":"S","values":[]}}}', /send\.taken\.values/],
    ['{"send":{"taken":{"column":"CONTENT"}}}', /send\.taken\.column: is a column that the platform writes/],
    [
      '{"columns":{"send":{"createTime":null}},"send":{"taken":{"column":"S","purgeAfterHours":2}}}',
      /send\.taken\.purgeAfterHours: needs columns\.send\.createTime/,
    ],
    ['no json', /exchange\.json/],
  ])('are refused with the problem of %s', (content, problem) => {
    expect(() => loadExchangeMapping(fileOf(content))).toThrow(problem);
  });

  it('may be null for columns that the province lacks, beside constants and a mark of taken rows', () => {
    const mapping = loadExchangeMapping(
      fileOf(
        '{"columns":{"send":{"priority":null}},"send":{"constants":{"PRIORITY":"high","FEE":2.5},"taken":{"column":"STATUS","values":["O\'K",1]}}}',
      ),
    );
    expect(mapping.columns.send).toMatchObject({ priority: null, appId: 'APP_ID' });
    expect(waitingRows(mapping)).toBe("(STATUS IS NULL OR STATUS NOT IN ('O''K', 1))");
    const values = Object.fromEntries(Object.keys(mapping.columns.send).map((key) => [key, key]));
    const { seqId: _, ...written } = values;
    expect(toSendColumns(mapping, written as never)).toEqual({
      columns:
        'MSG_ID, APP_ID, EXT_CODE, DEST_ADDR, CONTENT, MSG_FMT, NEED_REPORT, SEND_TIME, VALID_TIME, CREATE_TIME, PRIORITY, FEE',
      values:
        "msgId, appId, extCode, destAddr, content, msgFmt, needReport, sendTime, validTime, createTime, 'high', 2.5",
    });
  });

  it.each([
    ['DELIVRD', 'DELIVERED', true],
    [' delivrd ', 'DELIVERED', true],
    ['EXPIRED', 'EXPIRED', true],
    ['ACCEPTD', 'SUBMITTED', false],
    ['UNDELIV', 'UNDELIVERED', true],
    ['MK:0001', 'UNDELIVERED', true],
    ['ID:0076', 'UNDELIVERED', true],
    ['0000', 'DELIVERED', true],
    ['sgip:0', 'DELIVERED', true],
    ['1', 'UNKNOWN', false],
    ['ZZ:9999', 'UNKNOWN', false],
    ['UNKNOWN', 'UNKNOWN', false],
    ['SOMETHING', 'UNKNOWN', false],
    ['', 'UNKNOWN', false],
    ['ＤＥＬＩＶＲＤ', 'DELIVERED', true],
    ['DELIVRD:000', 'DELIVERED', true],
    ['delivrd 成功', 'DELIVERED', true],
    ['DELIVRDS000S', 'DELIVERED', true],
    ['DeliveryToTerminal', 'DELIVERED', true],
    ['DeliveredToNetwork', 'SUBMITTED', false],
    ['ACCEPTDS000S', 'SUBMITTED', false],
    ['SCHEDULED', 'SUBMITTED', false],
    ['EXPIREDS612S', 'EXPIRED', true],
    ['DELIVER', 'UNKNOWN', false],
    ['NOT DELIVRD', 'UNKNOWN', false],
    ['S::0', 'UNKNOWN', false],
    ['U2:00', 'UNKNOWN', false],
    ['2:0', 'UNKNOWN', false],
    ['0:23', 'UNKNOWN', false],
    ['-0', 'UNKNOWN', false],
    ['2026-12-01', 'UNKNOWN', false],
    ['SUCCESS', 'UNKNOWN', false],
    ['13800138000', 'UNKNOWN', false],
    ['20261201080000', 'UNKNOWN', false],
  ])('map the report code %p to %s', (code, status, isFinal) => {
    expect(toReportOutcome(code, loadExchangeMapping().codes)).toMatchObject({ status, isFinal });
  });

  // from the published tables of carriers, Huawei and resellers
  it.each(
    (
      'DB:0102 IB:0008 CA:0054 CB:0053 CE:0301 CJ:0007 CL:105 DA:0054 DB:BLACK DB00144 DG:0141 DI:9402 EC:0001 HD:0001 HD:31 IA:0051 IC:0001 ID:0076 ID:0013 ' +
      'LT:0086 MA:0022 MB:1042 MC:0055_006 MI:0024 MI00022 MI0020 MK:0012 MK00001 MN:0001 MX:0013 PA:0001 SP:0003 TD:19 TE:0003 XL:169 YX:1006 SGIP:23 SGIP:-74 SME169 ' +
      'SMGP:001 CMPP20ERR: CMPP30ERR: HTTPRESP:115 BST--1 AUDIT:F -13 -9009 001 03 2 12 76 601 9999 431025 UNDELIV GUNDELIV DELETED REJECTD REJECTED BLACK BLACK0 BLKLIST ' +
      'W-BLACK BWLIST BLOCKED PUBLOKD BEYONDN BADSIGN CHECK AICHECK ADTFAIL CONTENT ERR_NUM HIGRISK KEYWORDS NOROUTE NONCHN NOSEND NOTITLE PHONEERR QM_FAIL SIGFAIL ' +
      'SIGNBLOCKED TUIDING DISTURB unsubscribe ' +
      '-106 002 00202 0000005 1509949 2:01 2:23000 2-67 100:97 BD:LSTO BST-209 C100100 CU:0020 DJ:0141 E:401 E:ODDL EM:101 ER:101 ERR-209 ERR_NUM_006 F1120 F1214H1 FAILED ' +
      'GATEBLA GB:0002 IC-0054 INVALID JL:0025 JT:105 LH:0011 LIMIT:1-1 LN:9999 MBBLACK ME:-3 MH:17 MK：0001 MK_0001 MO:0001 MOBILEBLAC MS:219 NOPASS OVERDUE PBDQ PHONERR ' +
      'R1:0013 R:00000 R:00002 RDBLACK REFUSED REJECTDS174S REJECTE ROUTEERR RP:121 S::-19 S::1 S::TIMEOUT SC:0001 SK:8210 SKIPPED SME-9 SMGP601 SMGPERR:1 SPMSERR:10 SUBFAIL ' +
      'SUPERWD SWITCH SYS:005 TIMEOUT TIMEUP TSBLACK U2:-74 U2:10 U:-108 U:1 UNDELIVRD UNDELIVS001S UNDELIV_60 UNDELIVERABLE UTE VALVE:M WX-FAIL XA:0100 XY:0000 XZ:0000 ' +
      'BWLISTSS163S DeliveryImpossible'
    ).split(' '),
  )('make %s a failure, in any letter case and padding', (code) => {
    const { codes } = loadExchangeMapping();
    for (const spelt of [code, ` ${code.toLowerCase()} `, code.padEnd(40), `${code} 空号`])
      expect(toReportOutcome(spelt, codes)).toMatchObject({ status: 'UNDELIVERED', isFinal: true });
  });

  it('make an unknown code final when configured so', () => {
    const { codes } = loadExchangeMapping(fileOf('{"codes":{"unknownReportIsFinal":true}}'));
    expect(toReportOutcome('SOMETHING', codes)).toEqual({ status: 'UNKNOWN', isFinal: true });
  });
});
