const SHAPE = 'postgres://user:password@host:port/database or oracle://user:password@host:port/service';

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * True when a `/`, `?` or `#` of the password ended the address early, so that the host would be a
 * part of the password.
 */
const isCutShort = (url: string): boolean => {
  const [, authority = '', path = '', rest = ''] = /^[^:]*:\/\/([^/?#]*)([^?#]*)(.*)$/s.exec(url) ?? [];
  return path.includes('@') || rest.startsWith('#') || (!authority.includes('@') && rest.includes('@'));
};

/** Returns what is wrong with DATABASE_URL, without quoting it. Pure. */
export const findUrlProblem = (url: string): string | undefined => {
  if (!/^(postgres|postgresql|oracle):\/\//.test(url)) return `must be ${SHAPE}`;
  if (isCutShort(url) || !URL.canParse(url))
    return `is no address. It must be ${SHAPE}; in a password, write / as %2F, @ as %40, : as %3A, ? as %3F, # as %23 and % as %25, or set DATABASE_PASSWORD instead`;
  const { username, password, host, searchParams } = new URL(url);
  if (!isDecodable(username) || !isDecodable(password)) return 'user or password holds a %: write it as %25';
  return host === '' && !searchParams.has('host') ? `names no host. It must be ${SHAPE}` : undefined;
};

const isBroker = (broker: string): boolean => {
  const [, port = ''] = /^[^:/@\s]+:(\d{1,5})$/.exec(broker) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
};

/** Returns what is wrong with KAFKA_BROKERS. Pure. */
export const findBrokerProblem = (brokers: readonly string[]): string | undefined => {
  const wrong = brokers.filter((broker) => !isBroker(broker));
  return wrong.length === 0 ? undefined : `must be host:port, usually port 9092; ${wrong.join(', ')} is not`;
};

/** Returns what is wrong with an address of an HTTP server. Pure. */
export const findHttpProblem = (url: string): string | undefined =>
  /^https?:\/\//.test(url) && URL.canParse(url) ? undefined : 'must be http://host:port or https://host:port';
