import type { MigrationStatements } from './0001-tables';

/**
 * A view stands in the way of a wider column on PostgreSQL: it goes, and comes back as it was, with its rights. It is whatever view is there: other
 * migrations may have changed it.
 */
const around = (view: string, changes: readonly string[]): string => `DO $around$
DECLARE
  seen oid := '${view}'::regclass;
  definition text := pg_get_viewdef(seen);
  options text := (SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = seen);
  rights text[] := ARRAY(SELECT format('GRANT %s ON ${view} TO %s', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
                           FROM pg_class, aclexplode(relacl) WHERE oid = seen AND grantee <> relowner);
  grant_it text;
BEGIN
  DROP VIEW ${view};
${changes.map((change) => `  ${change};`).join('\n')}
  EXECUTE format('CREATE VIEW ${view} %s AS %s', CASE WHEN options IS NULL THEN '' ELSE 'WITH (' || options || ')' END, definition);
  FOREACH grant_it IN ARRAY rights LOOP
    EXECUTE grant_it;
  END LOOP;
END $around$`;

const RECEIVED = ['sm_receive_t', 'sm_receive_t_log'] as const;
const SETTLED = ['sm_send_t', 'sm_send_t_log'] as const;

/**
 * What answers bring that the first tables had no room for: a gateway's id of several messages is told apart by their number (DEST_ADDR of a part), a
 * report that was published as unmatched is remembered (TOLD), inbound texts are as long as the province's column, and an inbound message may be to nobody
 * knows which number. The count of a message's parts may turn out larger than it was reckoned.
 */
export const createAnswersKept = {
  pg: (): MigrationStatements => ({
    up: [
      'ALTER TABLE sm_send_part ADD dest_addr varchar(20)',
      'ALTER TABLE sm_report_wait ADD told smallint NOT NULL DEFAULT 0',
      around(
        'v_receive_t',
        RECEIVED.map((table) => `ALTER TABLE ${table} ALTER content TYPE varchar(4000), ALTER dest_addr DROP NOT NULL`),
      ),
      ...SETTLED.map((table) => `GRANT UPDATE (part_count) ON ${table} TO sms_collector`),
    ],
    down: [
      around(
        'v_receive_t',
        RECEIVED.flatMap((table) => [
          `UPDATE ${table} SET dest_addr = '' WHERE dest_addr IS NULL`,
          `ALTER TABLE ${table} ALTER content TYPE varchar(2000) USING left(content, 2000), ALTER dest_addr SET NOT NULL`,
        ]),
      ),
      'ALTER TABLE sm_report_wait DROP told',
      'ALTER TABLE sm_send_part DROP dest_addr',
    ],
  }),
  // a text has 4000 bytes at most, whatever is declared
  oracledb: (): MigrationStatements => ({
    up: [
      'ALTER TABLE SM_SEND_PART ADD (DEST_ADDR VARCHAR2(20 CHAR))',
      'ALTER TABLE SM_REPORT_WAIT ADD (TOLD NUMBER(1) DEFAULT 0 NOT NULL)',
      ...RECEIVED.flatMap((table) => [
        `ALTER TABLE ${table.toUpperCase()} MODIFY (CONTENT VARCHAR2(4000 CHAR))`,
        `ALTER TABLE ${table.toUpperCase()} MODIFY (DEST_ADDR NULL)`,
      ]),
      ...SETTLED.map((table) => `GRANT UPDATE (PART_COUNT) ON ${table.toUpperCase()} TO SMS_COLLECTOR`),
    ],
    down: [
      ...RECEIVED.flatMap((table) => [
        `UPDATE ${table.toUpperCase()} SET DEST_ADDR = '-' WHERE DEST_ADDR IS NULL`,
        `UPDATE ${table.toUpperCase()} SET CONTENT = SUBSTR(CONTENT, 1, 2000) WHERE LENGTH(CONTENT) > 2000`,
        `ALTER TABLE ${table.toUpperCase()} MODIFY (DEST_ADDR NOT NULL)`,
        `ALTER TABLE ${table.toUpperCase()} MODIFY (CONTENT VARCHAR2(2000 CHAR))`,
      ]),
      'ALTER TABLE SM_REPORT_WAIT DROP (TOLD)',
      'ALTER TABLE SM_SEND_PART DROP (DEST_ADDR)',
    ],
  }),
};
