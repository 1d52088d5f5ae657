import { createHash } from 'node:crypto';
import { openDatabase } from '../../shared/database/open-database';

const toUrl = (name: string): string => {
  const url = new URL(process.env.TEST_DATABASE_URL as string);
  url.pathname = `/${name}`;
  return url.href;
};

/**
 * Returns the name of a template database on the run's PostgreSQL: migrations take seconds, a copy
 * a tenth of one. The first caller with these `contents` fills it and leaves no session there; a
 * fill that fails or is killed leaves no template.
 * @param contents identifies the template, as plain data
 */
export const templateOf = async (contents: unknown, fill: (url: string) => Promise<void>): Promise<string> => {
  const name = `template_${createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 16)}`;
  const admin = openDatabase({
    url: process.env.TEST_DATABASE_URL as string,
    applicationName: 'test',
    poolMax: 2,
    statementTimeoutMs: 300_000,
  });
  try {
    await admin.transaction(async ({ query }) => {
      // many workers want the same template: the first one creates it
      await query('SELECT pg_advisory_xact_lock(hashtext($1))', [name]);
      const { rows } = await query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rows.length > 0) return;
      const draft = `${name}_draft`;
      await admin.knex.raw('DROP DATABASE IF EXISTS ?? WITH (FORCE)', [draft]);
      await admin.knex.raw('CREATE DATABASE ??', [draft]);
      await fill(toUrl(draft));
      await admin.knex.raw('ALTER DATABASE ?? RENAME TO ??', [draft, name]);
    });
  } finally {
    await admin.close();
  }
  return name;
};
