/**
 * Tells whether a text is printable ASCII. Only there do the database and the collector agree on
 * blanks, letter case and meaningless values; an answer with other characters in an id, a number or
 * a code is left to the collector. The length in bytes decides: in the usual character sets every
 * other character takes more than one byte, and in an exotic one every character may.
 */
export const IS_PLAIN = `  FUNCTION IS_PLAIN (P_TEXT IN VARCHAR2) RETURN BOOLEAN IS
  BEGIN
    RETURN P_TEXT IS NULL OR (LENGTHB(P_TEXT) = LENGTH(P_TEXT) AND NOT REGEXP_LIKE(P_TEXT, '[[:cntrl:]]'));
  END IS_PLAIN;
`;
