import { judgeColumnTypes } from '../../../cli/doctor/oracle-columns';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

const judge = (...columns: readonly (readonly [string, string])[]) =>
  judgeColumnTypes(
    columns.map(([name, data_type]) => {
      const [owner = '', table_name = '', column_name = ''] = name.split('.');
      return { owner, table_name, column_name, data_type };
    }),
    loadExchangeMapping(),
  );

describe('types of the exchange tables’ columns', () => {
  it.each(['VARCHAR2', 'NVARCHAR2', 'CHAR', 'CLOB', 'NCLOB', 'NUMBER', 'RAW', 'TIMESTAMP(6) WITH TIME ZONE'])(
    'include %s as text',
    (type) => {
      expect(judge(['YJSMS.CLIENT_SMS_RECV.CONTENT', type]).state).toBe('ok');
    },
  );

  it.each(['BLOB', 'BFILE', 'LONG', 'XMLTYPE', 'JSON', 'VECTOR', 'SDO_GEOMETRY', 'INTERVAL DAY(2) TO SECOND(6)'])(
    'do not include %s as text',
    (type) => {
      expect(judge(['YJSMS.CLIENT_SMS_RECV.CONTENT', type])).toMatchObject({
        state: 'failed',
        detail: `YJSMS.CLIENT_SMS_RECV.CONTENT is ${type}`,
      });
    },
  );

  it('include times', () => {
    for (const type of ['DATE', 'TIMESTAMP(3)', 'TIMESTAMP(9) WITH TIME ZONE'])
      expect(judge(['YJSMS.CLIENT_SMS_REPORT.DONE_TIME', type]).state).toBe('ok');
    expect(judge(['YJSMS.CLIENT_SMS_REPORT.DONE_TIME', 'VARCHAR2']).state).toBe('failed');
  });

  it('of other columns do not matter', () => {
    expect(judge(['YJSMS.CLIENT_SMS_RECV.PHOTO', 'BLOB'], ['YJSMS.OTHER.CONTENT', 'BLOB']).state).toBe('ok');
  });
});
