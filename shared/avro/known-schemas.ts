import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { messageOf } from '../errors';
import type { Result } from '../result';
import { failed, ok } from '../result';
import type { DecodeProblem } from './codec-port';
import { parseSchema, type Schema } from './create-reader';
import { type Frame, toRegistryId } from './framing';
import { toFingerprint } from './schema-fingerprint';
import type { RegisteredSchema, SchemaRegistry } from './schema-registry';

/** The writers' schemas known here: by fingerprint (from files), by registry id (fetched). */
export type KnownSchemas = {
  /** Looks a schema up in memory. Never throws and never waits. */
  readonly find: (frame: Frame) => Result<Schema, DecodeProblem>;
  readonly prefetchSchemas: (values: Iterable<Buffer | null>) => Promise<void>;
  /** Returns true when `find` can answer for this value without a request to the registry. */
  readonly isKnown: (value: Buffer | null) => boolean;
};

/**
 * An unknown id is requested again after this time. The number of remembered ids is bounded,
 * because a publisher can invent any id.
 */
const REFUSED_TTL_MS = 30_000;
const REFUSED_MAX = 10_000;
const REQUESTS_AT_ONCE = 4;
const LOOKUPS_PER_SECOND = 200;

/** Spaces look-ups evenly. Turns unused for a second are lost, so that bursts stay small. */
const createTurns = (perSecond: number) => {
  let next = 0;
  return async (): Promise<void> => {
    const now = Date.now();
    next = Math.max(next, now - 1_000) + 1_000 / perSecond;
    if (next > now) await sleep(next - now);
  };
};

const unknown = (message: string): DecodeProblem => ({ reason: 'UNKNOWN_SCHEMA', message });

/** Reads what the registry has under an id. */
const readSchema = (id: number, registered: RegisteredSchema | undefined): Result<Schema, DecodeProblem> => {
  if (registered === undefined) return failed(unknown(`schema ${id} is not in the registry`));
  const { schema, schemaType, hasReferences } = registered;
  if (schemaType !== 'AVRO' || hasReferences) {
    const what = hasReferences ? 'refers to other schemas' : `is ${schemaType}, not Avro`;
    return failed({ reason: 'INCOMPATIBLE_SCHEMA', message: `schema ${id} of the registry ${what}` });
  }
  try {
    return ok(parseSchema(JSON.parse(schema)));
  } catch (error) {
    return failed(unknown(`schema ${id} of the registry is not a valid Avro schema: ${messageOf(error)}`));
  }
};

/**
 * Creates the store of schemas.
 * @param fromFiles the current and all released schemas of all records; their fingerprints need no
 * registry
 * @param registry undefined: values in Confluent wire format cannot be read
 * @param registered schemas whose registry ids are known already
 * @param lookupsPerSecond protects the registry, which others use too, from publishers that invent
 * ids
 */
export const createKnownSchemas = (
  fromFiles: readonly Schema[],
  registry: SchemaRegistry | undefined,
  registered: ReadonlyMap<number, Schema>,
  lookupsPerSecond = LOOKUPS_PER_SECOND,
): KnownSchemas => {
  const turn = createTurns(lookupsPerSecond);
  const byFingerprint = new Map(fromFiles.map((schema) => [toFingerprint(schema.type), schema]));
  const byId = new Map(registered);
  const refused = new LRUCache<number, DecodeProblem>({ max: REFUSED_MAX, ttl: REFUSED_TTL_MS });
  const underWay = new Map<number, Promise<void>>();

  const fetchSchema = async (from: SchemaRegistry, id: number): Promise<void> => {
    const schema = readSchema(id, await from.schemaById(id));
    if (schema.ok) byId.set(id, schema.value);
    else refused.set(id, schema.problem);
  };

  const fetchOnce = (from: SchemaRegistry, id: number): Promise<void> => {
    const running =
      underWay.get(id) ??
      turn()
        .then(() => fetchSchema(from, id))
        .finally(() => underWay.delete(id));
    underWay.set(id, running);
    return running;
  };

  const isMissing = (id: number): boolean => registry !== undefined && !byId.has(id) && !refused.has(id);

  return {
    isKnown: (value) => {
      const id = value === null ? undefined : toRegistryId(value);
      return id === undefined || !isMissing(id);
    },
    find: (frame) => {
      if (frame.kind === 'single-object') {
        const schema = byFingerprint.get(frame.fingerprint);
        if (schema) return ok(schema);
        const name = frame.fingerprint.toString(16).padStart(16, '0');
        return failed(unknown(`no released schema has the fingerprint ${name}`));
      }
      const schema = byId.get(frame.schemaId);
      if (schema) return ok(schema);
      if (!registry) {
        return failed(unknown(`schema ${frame.schemaId} of a registry, but no schema registry is configured`));
      }
      return failed(refused.get(frame.schemaId) ?? unknown(`schema ${frame.schemaId} was not fetched yet`));
    },
    prefetchSchemas: async (values) => {
      if (!registry) return;
      const missing = new Set<number>();
      for (const value of values) {
        const id = value === null ? undefined : toRegistryId(value);
        if (id !== undefined && isMissing(id)) missing.add(id);
      }
      if (missing.size === 0) return;
      const queue = missing.values();
      const worker = async () => {
        for (const id of queue) await fetchOnce(registry, id);
      };
      await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker));
    },
  };
};
