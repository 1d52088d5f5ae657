/** The capacity of VARCHAR2, for any declared number of characters. */
const MOST_BYTES = 4000;

const mark = (kept: number, total: number): string => ` [cut here: ${kept} of ${total} characters]`;

/**
 * Fits the text of a received message into Oracle's tables. A text of more than 4000 bytes in the
 * server's character set is cut between two characters and ends with a mark. A reader of the row,
 * or of a repeated offer, does not have the first event, which contains the whole text.
 */
export const fitInbound = (text: string, byteLength: (text: string) => number): string => {
  if (text.length * 4 <= MOST_BYTES || byteLength(text) <= MOST_BYTES) return text;
  const characters = [...text];
  let room = MOST_BYTES - mark(characters.length, characters.length).length;
  let kept = 0;
  for (const character of characters) {
    room -= byteLength(character);
    if (room < 0) break;
    kept += 1;
  }
  return characters.slice(0, kept).join('') + mark(kept, characters.length);
};
