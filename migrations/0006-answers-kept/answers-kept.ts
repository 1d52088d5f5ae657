import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toGrants } from '../0002-access/grants';
import { RECEIVED_VIEW } from '../0002-access/objects';
import { RECEIVED_VIEW as RECEIVED_VIEW_ON_ORACLE } from '../0002-access/objects-oracle';
import type { MigrationStatements } from '../statements';

const RECEIVED = ['sm_receive_t', 'sm_receive_t_log'] as const;
const VIEW = 'v_receive_t';

/**
 * Changes columns that the view shows. PostgreSQL refuses that while the view exists, so the view
 * is dropped and created again with its grants.
 */
const withoutView = (
  mapping: ExchangeMapping,
  view: string,
  right: string,
  changes: readonly string[],
): readonly string[] => [
  `DROP VIEW ${VIEW}`,
  ...changes,
  view,
  ...Object.entries(toGrants(mapping)).flatMap(([role, grants]) =>
    VIEW in grants ? [`GRANT ${right} ON ${VIEW} TO ${role}`] : [],
  ),
];

const toUpper = (text: string): string => text.replace(/\b(sm_|sms_|v_)\w+/g, (name) => name.toUpperCase());

const SETTLED = ['sm_send_t', 'sm_send_t_log'] as const;

/**
 * Adds what answers contain and the first tables could not store. DEST_ADDR of a segment tells
 * messages with the same gateway id apart. TOLD marks a report that was published as unmatched. The
 * text of a received message is as long as the province's column, and its recipient may be unknown
 * (NULL). The collector may raise the number of a message's segments, when more are answered than
 * were computed.
 */
export const createAnswersKept = {
  pg: (mapping: ExchangeMapping): MigrationStatements => ({
    up: [
      'ALTER TABLE sm_send_part ADD dest_addr varchar(20)',
      'ALTER TABLE sm_report_wait ADD told smallint NOT NULL DEFAULT 0',
      ...withoutView(
        mapping,
        RECEIVED_VIEW,
        'SELECT',
        RECEIVED.map((table) => `ALTER TABLE ${table} ALTER content TYPE varchar(4000), ALTER dest_addr DROP NOT NULL`),
      ),
      ...SETTLED.map((table) => `GRANT UPDATE (part_count) ON ${table} TO sms_collector`),
    ],
    down: [
      ...withoutView(
        mapping,
        RECEIVED_VIEW,
        'SELECT',
        RECEIVED.flatMap((table) => [
          `UPDATE ${table} SET dest_addr = '' WHERE dest_addr IS NULL`,
          `ALTER TABLE ${table} ALTER content TYPE varchar(2000) USING left(content, 2000), ALTER dest_addr SET NOT NULL`,
        ]),
      ),
      'ALTER TABLE sm_report_wait DROP told',
      'ALTER TABLE sm_send_part DROP dest_addr',
    ],
  }),
  // A text has at most 4000 bytes, even when more characters are declared.
  oracledb: (mapping: ExchangeMapping): MigrationStatements => ({
    up: [
      'ALTER TABLE SM_SEND_PART ADD (DEST_ADDR VARCHAR2(20 CHAR))',
      'ALTER TABLE SM_REPORT_WAIT ADD (TOLD NUMBER(1) DEFAULT 0 NOT NULL)',
      ...withoutView(
        mapping,
        RECEIVED_VIEW_ON_ORACLE,
        'READ',
        RECEIVED.flatMap((table) => [
          `ALTER TABLE ${table} MODIFY (CONTENT VARCHAR2(4000 CHAR))`,
          `ALTER TABLE ${table} MODIFY (DEST_ADDR NULL)`,
        ]),
      ).map(toUpper),
      ...SETTLED.map((table) => `GRANT UPDATE (PART_COUNT) ON ${table} TO SMS_COLLECTOR`).map(toUpper),
    ],
    down: [
      ...withoutView(
        mapping,
        RECEIVED_VIEW_ON_ORACLE,
        'READ',
        RECEIVED.flatMap((table) => [
          `UPDATE ${table} SET DEST_ADDR = '-' WHERE DEST_ADDR IS NULL`,
          `UPDATE ${table} SET CONTENT = SUBSTR(CONTENT, 1, 2000) WHERE LENGTH(CONTENT) > 2000`,
          `ALTER TABLE ${table} MODIFY (DEST_ADDR NOT NULL)`,
          `ALTER TABLE ${table} MODIFY (CONTENT VARCHAR2(2000 CHAR))`,
        ]),
      ).map(toUpper),
      'ALTER TABLE SM_REPORT_WAIT DROP (TOLD)',
      'ALTER TABLE SM_SEND_PART DROP (DEST_ADDR)',
    ],
  }),
};
