import { loadSchemas } from '../../shared/avro/load-schemas';
import { BridgeError } from '../../shared/errors';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import { broken, type Finding, warning, well } from './finding';

const RECORDS: { readonly [T in Exclude<keyof TopicNames, 'deadLetter'>]: string } = {
  send: 'sms-send',
  status: 'sms-status',
  received: 'sms-received',
  receivedAck: 'sms-received-ack',
};

const TIMEOUT_MS = 3_000;

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/**
 * Sends a request. The message of `fetch` is only "fetch failed", so the error carries the cause as
 * well.
 * @throws BridgeError REGISTRY_UNAVAILABLE
 */
const ask = async (address: string, request: RequestInit): Promise<Response> => {
  try {
    return await fetch(address, request);
  } catch (error) {
    const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
    const why = [message, cause?.code ?? cause?.message].filter(Boolean).join(': ');
    throw new BridgeError('REGISTRY_UNAVAILABLE', why, { retryable: true, cause: error });
  }
};

/**
 * Looks up each current schema. Unlike the services it never registers one.
 * @throws BridgeError REGISTRY_UNAVAILABLE
 */
export const checkRegistry = async (
  url: string,
  auth: string | undefined,
  topics: TopicNames,
): Promise<readonly Finding[]> => {
  if (!URL.canParse(url)) {
    return [broken('registry: connection', `${url} is not a URL`, 'Set SCHEMA_REGISTRY_URL to http(s)://host:port.')];
  }
  const address = new URL(url);
  const login =
    auth ??
    (address.username ? `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}` : undefined);
  const base = `${address.origin}${address.pathname.replace(/\/+$/, '')}`;
  const headers = {
    'content-type': MEDIA_TYPE,
    accept: MEDIA_TYPE,
    ...(login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
  };
  return Promise.all(
    Object.entries(RECORDS).map(async ([topic, record]): Promise<Finding> => {
      const subject = `${topics[topic as keyof typeof RECORDS]}-value`;
      const check = `registry: ${subject}`;
      const response = await ask(`${base}/subjects/${encodeURIComponent(subject)}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ schema: JSON.stringify(loadSchemas(record).current) }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 200) return well(check, `schema ${((await response.json()) as { id: number }).id}`);
      if (response.status === 404) {
        return warning(
          check,
          'the current schema is not registered yet',
          'The first service that may register it does so when it starts.',
        );
      }
      const advice =
        response.status === 401 || response.status === 403
          ? 'Check SCHEMA_REGISTRY_AUTH (user:password).'
          : 'Check that SCHEMA_REGISTRY_URL is the address of a schema registry.';
      return broken(check, `answered ${response.status}`, advice);
    }),
  );
};
