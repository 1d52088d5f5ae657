import type { ExchangeMapping } from '../exchange/exchange-mapping';
import { MSG_ID_LENGTH } from '../sms/msg-id';

/** A column as the catalogue describes it. */
export type CatalogColumn = {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'time' | 'other';
  /** The type in the server's words. */
  readonly type: string;
  /** Most characters of a text; undefined: unlimited. */
  readonly characters: number | undefined;
  readonly nullable: boolean;
  /** Has a default, or is an identity column. */
  readonly filled: boolean;
};

type TableKind = keyof ExchangeMapping['tables'];
type Wanted = { readonly kind: CatalogColumn['kind']; readonly characters?: number; readonly neverNull?: true };

const text = (characters?: number): Wanted => ({ kind: 'text', ...(characters === undefined ? {} : { characters }) });
const NUMBER: Wanted = { kind: 'number' };
const TIME: Wanted = { kind: 'time' };

/** What each column must hold; for the written table, the longest value of a valid message. */
const WANTED: { readonly [K in TableKind]: Readonly<Record<string, Wanted>> } = {
  send: {
    msgId: { ...text(MSG_ID_LENGTH), neverNull: true },
    appId: { ...text(32), neverNull: true },
    extCode: text(20),
    destAddr: { ...text(20), neverNull: true },
    content: { ...text(1000), neverNull: true },
    msgFmt: { ...NUMBER, neverNull: true },
    priority: { ...NUMBER, neverNull: true },
    needReport: { ...NUMBER, neverNull: true },
    sendTime: TIME,
    validTime: { ...TIME, neverNull: true },
    createTime: { ...TIME, neverNull: true },
  },
  resp: { respTime: TIME },
  report: { submitTime: TIME, doneTime: TIME },
  recv: { recvTime: TIME },
};

export type ColumnProblem = { readonly table: string; readonly column: string; readonly text: string };

const problemOf = (wanted: Wanted, found: CatalogColumn, written: boolean): string | undefined => {
  if (wanted.kind !== found.kind) {
    // Numbers may be written to a text column; times need a column for times.
    if (written && found.kind === 'text' && wanted.kind === 'number') return undefined;
    const advice = wanted.kind === 'time' ? ' (DATE or TIMESTAMP); null for it in the exchange file leaves it out' : '';
    return `is ${found.type}; it must be a ${wanted.kind}${advice}`;
  }
  if (written && wanted.characters !== undefined && (found.characters ?? Number.POSITIVE_INFINITY) < wanted.characters)
    return `holds ${found.characters} characters (${found.type}); valid messages have up to ${wanted.characters}`;
  if (written && !found.nullable && !found.filled && wanted.neverNull === undefined)
    return 'must not be empty (NOT NULL); messages without it are valid';
  return undefined;
};

/**
 * Finds what does not fit in an exchange table: types, widths and NOT NULL, against what the bridge
 * writes or reads. Pure.
 * @param found the table's columns; missing columns are not reported here
 */
export const findColumnProblems = (
  kind: TableKind,
  mapping: ExchangeMapping,
  found: readonly CatalogColumn[],
): readonly ColumnProblem[] => {
  const table = mapping.tables[kind];
  const columns = Object.entries(mapping.columns[kind]).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const ours = new Map(columns.map(([key, column]) => [column.toUpperCase(), key]));
  const written = kind === 'send';
  const constants = new Set(Object.keys(mapping.send.constants).map((column) => column.toUpperCase()));
  return found.flatMap((column): readonly ColumnProblem[] => {
    const key = ours.get(column.name.toUpperCase());
    const wanted = key === undefined ? undefined : WANTED[kind][key];
    const strange =
      key === undefined && written && !column.nullable && !column.filled && !constants.has(column.name.toUpperCase());
    const problem = strange
      ? 'must not be empty (NOT NULL), has no default, and the bridge does not write it'
      : wanted && problemOf(wanted, column, written);
    return problem === undefined ? [] : [{ table, column: column.name, text: problem }];
  });
};

/**
 * Finds columns in which answers hold only the beginning of a MSG_ID. Messages are still found by
 * that, unless two ids share it.
 */
export const findNarrowIds = (
  kind: 'resp' | 'report',
  mapping: ExchangeMapping,
  found: readonly CatalogColumn[],
): readonly ColumnProblem[] => {
  const msgId = mapping.columns[kind].msgId?.toUpperCase();
  return found
    .filter(
      ({ name, kind: type, characters = MSG_ID_LENGTH }) =>
        name.toUpperCase() === msgId && type === 'text' && characters < MSG_ID_LENGTH,
    )
    .map(({ name, characters, type }) => ({
      table: mapping.tables[kind],
      column: name,
      text: `holds ${characters} characters (${type}); a MSG_ID has ${MSG_ID_LENGTH}`,
    }));
};

/** Formats a problem: `CLIENT_SMS_SEND.REGION_CODE must not be empty …` */
export const toColumnText = ({ table, column, text: problem }: ColumnProblem): string =>
  `${table}.${column} ${problem}`;
