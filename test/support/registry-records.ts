import { Type } from 'avsc';
import { loadSchemas } from '../../shared/avro/load-schemas';
import type { Codecs } from '../../shared/avro/open-codecs';
import type { SmsSend } from '../../shared/avro/records';
import type { SchemaRegistryServer } from './schema-registry-server';

/** Adds Confluent's framing: 00, the id, the datum. */
export const framed = (schemaId: number, datum: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(schemaId, 1);
  return Buffer.concat([header, datum]);
};

export type RegistryRecords = {
  /** Returns a message's datum without the framing. */
  readonly datum: (send: SmsSend) => Buffer;
  /**
   * Returns a record of a publisher that is one version ahead: its registered schema has one more
   * field, at the front.
   */
  readonly newer: (send: SmsSend, field: string) => Buffer;
  /**
   * Decodes a record as a subscriber in another language does: by the registry's schema of its id.
   */
  readonly read: (value: Buffer | null) => Promise<Record<string, unknown>>;
};

/**
 * Plays publishers and subscribers of other teams with a registry. `codecs` are those of a business
 * system that uses it.
 */
export const createRegistryRecords = (
  registry: SchemaRegistryServer,
  codecs: Codecs,
  { auth, subject }: { readonly auth: string; readonly subject: string },
): RegistryRecords => {
  const current = loadSchemas('sms-send').current as { readonly fields: readonly object[] } & Record<string, unknown>;
  const datum = (send: SmsSend): Buffer => codecs.send.encode(send).subarray(5);
  return {
    datum,
    newer: (send, field) => {
      const fields = [{ name: field, type: ['null', 'string'], default: null }, ...current.fields];
      const id = registry.add({ schema: JSON.stringify({ ...current, fields }) }, subject);
      return framed(id, Buffer.concat([Buffer.from([2, 4, 0x68, 0x69]), datum(send)]));
    },
    read: async (value) => {
      if (value?.[0] !== 0) throw new Error(`not in Confluent framing: ${value?.subarray(0, 5).toString('hex')}`);
      const response = await fetch(`${registry.url}/schemas/ids/${value.readUInt32BE(1)}`, {
        headers: { authorization: `Basic ${Buffer.from(auth).toString('base64')}` },
      });
      const { schema } = (await response.json()) as { schema: string };
      return Type.forSchema(JSON.parse(schema)).fromBuffer(value.subarray(5)) as Record<string, unknown>;
    },
  };
};
