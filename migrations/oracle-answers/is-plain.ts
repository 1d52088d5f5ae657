/**
 * Blanks, letter case and what says nothing are one thing to the database and to the collector only in printable ASCII: an answer with other characters in an id,
 * a number or its code is left to the collector. Of an exotic character set everything takes more bytes, and so does every other character of the usual ones.
 */
export const IS_PLAIN = `  FUNCTION IS_PLAIN (P_TEXT IN VARCHAR2) RETURN BOOLEAN IS
  BEGIN
    RETURN P_TEXT IS NULL OR (LENGTHB(P_TEXT) = LENGTH(P_TEXT) AND NOT REGEXP_LIKE(P_TEXT, '[[:cntrl:]]'));
  END IS_PLAIN;
`;
