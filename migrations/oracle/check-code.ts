/** The error of a trigger that does not compile. */
const DOES_NOT_COMPILE = -20009;

/**
 * Follows a CREATE TRIGGER. Oracle makes one that does not compile too, with a warning that knex and SQL*Plus pass over, and it would refuse every INSERT
 * (ORA-04098): so it goes again, and the migration or the script stops with the compiler's words.
 */
export const requireCompiled = (trigger: string): string => `BEGIN
  FOR E IN (SELECT LINE, TEXT FROM USER_ERRORS WHERE NAME = '${trigger}' AND ATTRIBUTE = 'ERROR' ORDER BY LINE) LOOP
    EXECUTE IMMEDIATE 'DROP TRIGGER ${trigger}';
    RAISE_APPLICATION_ERROR(${DOES_NOT_COMPILE}, '${trigger} does not compile and was dropped again: line ' || E.LINE || ': ' || E.TEXT);
  END LOOP;
END;`;
