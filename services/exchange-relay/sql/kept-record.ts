import type { KafkaRecord } from '../../../shared/kafka/ports';

type Kept = {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** like that of the record; rows of earlier versions have none */
  readonly allHeaders?: readonly (readonly [string, string])[];
  readonly timestamp: number;
};

const toBase64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
const toBytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));

/**
 * Returns a record as text for one column. Base64 keeps any bytes in any character set of the
 * database.
 */
export const toKeptText = ({ key, value, headers, allHeaders, timestamp }: KafkaRecord): string => {
  const kept: Kept = {
    key: toBase64(key),
    value: toBase64(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('base64')])),
    ...(allHeaders && { allHeaders: allHeaders.map(([name, bytes]) => [name, bytes.toString('base64')]) }),
    timestamp,
  };
  return JSON.stringify(kept);
};

export const fromKeptText = (place: Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>, text: string): KafkaRecord => {
  const { key, value, headers, allHeaders, timestamp } = JSON.parse(text) as Kept;
  return {
    ...place,
    key: toBytes(key),
    value: toBytes(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes, 'base64')])),
    ...(allHeaders && { allHeaders: allHeaders.map(([name, bytes]) => [name, Buffer.from(bytes, 'base64')]) }),
    timestamp,
  };
};
