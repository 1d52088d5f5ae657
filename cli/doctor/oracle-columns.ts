import type { Database } from '../../shared/database/database';
import { inList, padded } from '../../shared/database/oracle/oracle-lists';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { broken, type Finding, well } from './finding';

type ColumnRow = {
  readonly owner: string;
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
};

const CHECK = 'oracle: column types';
const TIME = /^(DATE|TIMESTAMP\(\d\).*)$/;
const TEXT = /^(N?VARCHAR2|N?CHAR|N?CLOB|NUMBER|FLOAT|BINARY_(FLOAT|DOUBLE)|RAW|DATE|TIMESTAMP\(\d\).*)$/;

/**
 * Returns the configured columns of the exchange tables as `TABLE.COLUMN` in upper case, each with
 * a pattern of the types that it may have.
 */
const configured = ({ tables, columns }: ExchangeMapping): ReadonlyMap<string, RegExp> =>
  new Map(
    Object.entries(columns).flatMap(([kind, fields]) =>
      Object.entries(fields as Readonly<Record<string, unknown>>).flatMap(([field, column]) =>
        typeof column === 'string'
          ? [
              [
                `${tables[kind as keyof typeof tables].toUpperCase()}.${column.toUpperCase()}`,
                field.endsWith('Time') ? TIME : TEXT,
              ],
            ]
          : [],
      ),
    ),
  );

export const judgeColumnTypes = (rows: readonly ColumnRow[], mapping: ExchangeMapping): Finding => {
  const wanted = configured(mapping);
  const seen = rows.flatMap(({ owner, table_name, column_name, data_type }) => {
    const name = `${table_name}.${column_name}`;
    const types = wanted.get(`${owner}.${name}`) ?? wanted.get(name);
    return types === undefined ? [] : [{ name: `${owner}.${name}`, type: data_type, fits: types.test(data_type) }];
  });
  const wrong = seen.filter(({ fits }) => !fits);
  if (wrong.length === 0)
    return well(CHECK, seen.length === 0 ? 'none that this account uses' : `${seen.length} can be read`);
  return broken(
    CHECK,
    wrong.map(({ name, type }) => `${name} is ${type}`).join(', '),
    'Make times DATE or TIMESTAMP, the others VARCHAR2, NVARCHAR2, CHAR, CLOB, NCLOB or NUMBER, or name other columns in EXCHANGE_FILE. No row of such a table is taken.',
  );
};

export const checkColumnTypes = async ({ oracle }: Database, mapping: ExchangeMapping): Promise<Finding> => {
  const tables = padded(Object.values(mapping.tables).map((table) => table.toUpperCase().replace(/^.*\./, '')));
  const { rows } = await oracle.execute<ColumnRow>(
    `SELECT OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM ALL_TAB_COLUMNS WHERE ${inList('TABLE_NAME', tables.length)}`,
    tables,
  );
  return judgeColumnTypes(rows, mapping);
};
