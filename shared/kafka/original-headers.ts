import type { KafkaRecord, OutgoingRecord } from './ports';

/**
 * Stands before the name of each header that a dead letter keeps of its record: whatever the record
 * brings, it takes the place of none of the bridge's own headers.
 */
const PREFIX = 'original-';

type Headers = NonNullable<OutgoingRecord['headers']>;
type Pair = readonly [name: string, value: Buffer];

/** Returns the headers as Kafka's client takes them: a list of values for a repeated name. */
export const toHeaders = (pairs: readonly Pair[]): Headers => {
  const values = new Map<string, Buffer[]>();
  for (const [name, value] of pairs) {
    const others = values.get(name);
    if (others === undefined) values.set(name, [value]);
    else others.push(value);
  }
  // unlike an assignment, fromEntries keeps a header that is called __proto__
  return Object.fromEntries(Array.from(values, ([name, all]) => [name, all.length === 1 ? (all[0] as Buffer) : all]));
};

/** Returns all headers of a record, repeated ones too. */
export const headersOf = ({ headers, allHeaders }: Pick<KafkaRecord, 'headers' | 'allHeaders'>): readonly Pair[] =>
  allHeaders ?? Object.entries(headers);

/** Returns a record's headers as its dead letter keeps them. */
export const toOriginalHeaders = (record: KafkaRecord): Headers =>
  toHeaders(headersOf(record).map(([name, value]) => [PREFIX + name, value]));

/**
 * Returns the headers that the record of a dead letter had. Letters of earlier versions have them
 * without the prefix.
 * @param own names of the headers that the bridge adds
 */
export const fromOriginalHeaders = (letter: KafkaRecord, own: ReadonlySet<string>): Headers =>
  toHeaders(
    headersOf(letter)
      .filter(([name]) => !own.has(name))
      .map(([name, value]) => [name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, value]),
  );
