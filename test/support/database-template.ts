import { createHash } from 'node:crypto';
import { openDatabase } from '../../shared/database/open-database';

const toUrl = (name: string): string => {
  const url = new URL(process.env.TEST_DATABASE_URL as string);
  url.pathname = `/${name}`;
  return url.href;
};

/**
 * The name of a database on the run's PostgreSQL to make copies of: migrations take seconds, a copy takes a tenth of one. The first who asks for `contents` fills it,
 * and leaves no session there; a fill that fails, or is killed, leaves no template. It goes with the server.
 * @param contents whatever makes this template another one than others, as plain data
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
      // many workers want the same one: the first makes it
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
