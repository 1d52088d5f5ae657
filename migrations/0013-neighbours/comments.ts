import type { MigrationStatements } from '../statements';
import { ACCOUNT_WORDS, MESSAGE_WORDS, RECEIVED_WORDS, RELATION_WORDS, VIEW_WORDS } from './words';

type Words = Readonly<Record<string, string>>;

const pick = (words: Words, columns: string): Words =>
  Object.fromEntries(columns.split(' ').map((column) => [column, words[column]!]));

const drop = (words: Words, ...columns: readonly string[]): Words =>
  Object.fromEntries(Object.entries(words).filter(([column]) => !columns.includes(column)));

const SENDABLE =
  'MESSAGE_ID APP_ID EXT_CODE DEST_ADDR CONTENT PRIORITY NEED_REPORT CONTEXT SCHEDULED_AT EXPIRES_AT CREATED_AT STATUS REASON';

/** The columns that people read, by relation. Other tables concern the services alone. */
export const COLUMN_WORDS: Readonly<Record<string, Words>> = {
  SM_SEND_T: drop(MESSAGE_WORDS, 'ARCHIVED_AT'),
  SM_SEND_T_LOG: MESSAGE_WORDS,
  V_SEND_T: pick(MESSAGE_WORDS, SENDABLE),
  V_SEND_T_LOG: MESSAGE_WORDS,
  SM_RECEIVE_T: drop(RECEIVED_WORDS, 'ARCHIVED_AT', 'OUTCOME'),
  SM_RECEIVE_T_LOG: RECEIVED_WORDS,
  V_RECEIVE_T: RECEIVED_WORDS,
  LOGIN_USER: ACCOUNT_WORDS,
};

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** @param viewKind what the engine calls a view here */
const commentsOn = (viewKind: 'VIEW' | 'TABLE'): readonly string[] => [
  ...Object.entries(RELATION_WORDS).map(([name, words]) => `COMMENT ON TABLE ${name} IS ${literal(words)}`),
  ...Object.entries(VIEW_WORDS).map(([name, words]) => `COMMENT ON ${viewKind} ${name} IS ${literal(words)}`),
  ...Object.entries(COLUMN_WORDS).flatMap(([relation, columns]) =>
    Object.entries(columns).map(([column, words]) => `COMMENT ON COLUMN ${relation}.${column} IS ${literal(words)}`),
  ),
];

/**
 * Explains tables, views and columns in the catalogue, where every client shows it. The way back
 * leaves the comments: they go with their columns.
 */
export const createComments = {
  pg: (): MigrationStatements => ({ up: [commentsOn('VIEW').join(';\n')], down: [] }),
  // On Oracle a view is commented on as a table.
  oracledb: (): MigrationStatements => ({ up: commentsOn('TABLE'), down: [] }),
};
