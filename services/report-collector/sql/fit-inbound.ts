/** What VARCHAR2 holds, whatever number of characters it is declared with. */
const MOST_BYTES = 4000;

const mark = (kept: number, of: number): string => ` [cut here: ${kept} of ${of} characters]`;

/**
 * An inbound text as Oracle's tables hold it: one of more than 4000 bytes in the server's character set is cut between two characters and says so at its end,
 * because who reads the row, or gets it offered again, cannot see the first event, which has all of it.
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
