import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './parse-plsql';

/**
 * Stores each text that the gate accepted, for `npm run oracle:grammar`: `accepted/<digest>.sql` in
 * the grammar's cache.
 */
export const keepAccepted = (): ((sql: string) => void) => {
  const directory = join(cacheDirectory(), 'accepted');
  mkdirSync(directory, { recursive: true });
  const kept = new Set<string>();
  return (sql) => {
    if (kept.has(sql)) return;
    kept.add(sql);
    const file = join(directory, `${createHash('sha256').update(sql).digest('hex').slice(0, 16)}.sql`);
    if (!existsSync(file)) writeFileSync(file, sql);
  };
};
