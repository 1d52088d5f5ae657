const DOES_NOT_COMPILE = -20009;

/**
 * Returns the block that follows a CREATE TRIGGER. Oracle also creates a trigger that does not
 * compile, with a warning that knex and SQL*Plus ignore, and the trigger then refuses every INSERT
 * (ORA-04098). The block drops it and stops the migration or script with the compiler's message.
 * Pure.
 */
export const requireCompiled = (trigger: string): string => `BEGIN
  FOR E IN (SELECT LINE, TEXT FROM USER_ERRORS WHERE NAME = '${trigger}' AND ATTRIBUTE = 'ERROR' ORDER BY LINE) LOOP
    EXECUTE IMMEDIATE 'DROP TRIGGER ${trigger}';
    RAISE_APPLICATION_ERROR(${DOES_NOT_COMPILE}, '${trigger} does not compile and was dropped again: line ' || E.LINE || ': ' || E.TEXT);
  END LOOP;
END;`;
