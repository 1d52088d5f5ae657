import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

type Stored = { readonly schema: string; readonly schemaType?: string; readonly references?: readonly unknown[] };

export type SchemaRegistryServer = {
  readonly url: string;
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
  /** Stores a schema as another publisher does; returns its id. */
  readonly add: (stored: Stored, subject?: string) => number;
  readonly idsOf: (subject: string) => readonly number[];
  /** Treats the next requests this way instead of answering. */
  readonly misbehave: (times: number, how: Misbehaviour) => void;
  /** Stops listening; registered schemas stay. */
  readonly goAway: () => Promise<void>;
  /** Listens again at the same address. */
  readonly comeBack: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Misbehaviour = { readonly status: number } | 'hang up' | 'never answer' | 'another server answers 404';

export type SchemaRegistryOptions = {
  readonly port?: number;
  /** `user:password`; other credentials get 401. */
  readonly auth?: string;
  /** Refuses to register (403), as for an account that may only read. */
  readonly readOnly?: boolean;
  /** Answers 409 for a second schema of a subject. */
  readonly oneSchemaPerSubject?: boolean;
};

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

type Answer = { readonly status: number; readonly body: unknown };

const refusal = (status: number, code: number, message: string): Answer => ({
  status,
  body: { error_code: code, message },
});

const sameJson = (left: string, right: string): boolean => {
  try {
    return isDeepStrictEqual(JSON.parse(left), JSON.parse(right));
  } catch {
    return left === right;
  }
};

/**
 * Opens an HTTP server with the part of the Confluent schema registry's REST API that clients use.
 */
export const openSchemaRegistryServer = async (options: SchemaRegistryOptions = {}): Promise<SchemaRegistryServer> => {
  const schemas: Stored[] = [];
  const subjects = new Map<string, number[]>();
  const requests: string[] = [];
  let misbehaviour: { times: number; how: Misbehaviour } | undefined;

  const add = (stored: Stored, subject?: string): number => {
    const same = schemas.findIndex(
      ({ schema, schemaType }) => schemaType === stored.schemaType && sameJson(schema, stored.schema),
    );
    const id = same >= 0 ? same + 1 : schemas.push(stored);
    if (subject !== undefined) subjects.set(subject, [...new Set([...(subjects.get(subject) ?? []), id])]);
    return id;
  };

  const postSubject = (subject: string, register: boolean, body: string): Answer => {
    const { schema } = JSON.parse(body) as { schema: string };
    const ids = subjects.get(subject) ?? [];
    const known = ids.find((id) => sameJson(schemas[id - 1]!.schema, schema));
    if (known !== undefined)
      return { status: 200, body: register ? { id: known } : { subject, id: known, version: 1 } };
    if (!register && ids.length === 0) return refusal(404, 40401, `Subject '${subject}' not found.`);
    if (!register) return refusal(404, 40403, 'Schema not found');
    if (options.readOnly) return refusal(403, 40301, 'User is denied operation Write on Subject');
    if (options.oneSchemaPerSubject && ids.length > 0) {
      return refusal(409, 409, 'Schema being registered is incompatible with an earlier schema');
    }
    return { status: 200, body: { id: add({ schema }, subject) } };
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const expected = options.auth && `Basic ${Buffer.from(options.auth).toString('base64')}`;
    if (expected && request.headers.authorization !== expected) return refusal(401, 401, 'Unauthorized');
    const body = await bodyOf(request);
    const subject = /^\/subjects\/([^/]+)(\/versions)?$/.exec(request.url ?? '');
    if (request.method === 'POST' && subject) {
      if (request.headers['content-type'] !== MEDIA_TYPE) return refusal(415, 415, 'Unsupported media type');
      return postSubject(decodeURIComponent(subject[1]!), subject[2] !== undefined, body);
    }
    const id = Number(/^\/schemas\/ids\/(\d+)$/.exec(request.url ?? '')?.[1]);
    const stored = schemas[id - 1];
    return request.method === 'GET' && stored ? { status: 200, body: stored } : refusal(404, 40403, 'Schema not found');
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url}`);
    const how = misbehaviour && misbehaviour.times-- > 0 ? misbehaviour.how : undefined;
    if (how === 'never answer') return;
    if (how === 'hang up') {
      request.socket.destroy();
      return;
    }
    if (how === 'another server answers 404') {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no such page</h1>');
      return;
    }
    const { status, body } = how ? refusal(how.status, 50001, 'backend failed') : await answer(request);
    response.writeHead(status, { 'content-type': MEDIA_TYPE }).end(JSON.stringify(body));
  };

  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => {
      handle(request, response).catch((error) => response.writeHead(422).end(String(error)));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const goAway = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const port = await listen(options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    add,
    idsOf: (subject) => subjects.get(subject) ?? [],
    misbehave: (times, how) => {
      misbehaviour = { times, how };
    },
    goAway,
    comeBack: async () => {
      await listen(port);
    },
    close: goAway,
  };
};
