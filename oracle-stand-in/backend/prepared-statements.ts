import type { Client, QueryResult } from 'pg';
import type { Value } from '../wire/oracle-types';
import type { PostgresError } from './error-situation';
import type { RawResult } from './raw-result';

const asText = { getTypeParser: () => (value: string) => value };
const PREPARED_LIMIT = 500;

/** Recognises a prepared plan that is outdated because a table or view changed. */
const isOutdated = ({ code, message }: PostgresError): boolean => code === '0A000' && /cached plan/.test(message);

/** Runs a statement; with a name it is prepared. */
export const queryText = async (
  client: Client,
  sql: string,
  values: readonly Value[] = [],
  name?: string,
): Promise<RawResult> => {
  const result: QueryResult = await client.query({
    text: sql,
    values: values as unknown[],
    rowMode: 'array',
    types: asText,
    ...(name === undefined ? {} : { name }),
  } as never);
  return { fields: result.fields ?? [], rows: result.rows as never, count: result.rowCount ?? 0 };
};

/** Creates the prepared statements of one connection. */
export const createPreparedStatements = (client: Client) => {
  const prepared = new Map<string, string>();
  const parameters = new Map<string, readonly string[]>();
  let names = 0;

  const nameOf = (sql: string): string | undefined => {
    const known = prepared.get(sql);
    if (known !== undefined || prepared.size >= PREPARED_LIMIT) return known;
    names += 1;
    const name = `s${names}`;
    prepared.set(sql, name);
    return name;
  };
  return {
    /**
     * Runs a statement. Oracle reparses one whose object has changed; PostgreSQL refuses it when it
     * is prepared, so it is prepared again.
     * @param repair undoes the refused attempt
     */
    run: async (sql: string, values: readonly Value[] | undefined, repair: () => Promise<void>): Promise<RawResult> => {
      try {
        return await queryText(client, sql, values, nameOf(sql));
      } catch (error) {
        if (!isOutdated(error as PostgresError)) throw error;
        await repair();
        prepared.delete(sql);
        parameters.delete(sql);
        return queryText(client, sql, values, nameOf(sql));
      }
    },
    /** Returns the types that PostgreSQL inferred for the parameters; none for other statements. */
    parameterTypes: async (sql: string): Promise<readonly string[]> => {
      const known = parameters.get(sql);
      if (known !== undefined || !prepared.has(sql)) return known ?? [];
      const { rows } = await queryText(
        client,
        'SELECT pg_catalog.unnest(parameter_types)::text FROM pg_catalog.pg_prepared_statements WHERE name = $1',
        [prepared.get(sql) ?? ''],
      );
      const types = rows.map(([type]) => String(type));
      parameters.set(sql, types);
      return types;
    },
  };
};
