import { toDatabaseSettings } from '../../../shared/config/database-variables';
import type { Database, DatabaseSettings } from '../../../shared/database/database';
import { openDatabase } from '../../../shared/database/open-database';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { ProducerConfig } from '../config';
import { shareConnections } from '../core/share-connections';

/**
 * How long a cancel waits for another session that holds its message. On Oracle it is the limit of
 * the whole statement, and costs the session, which is opened again.
 */
const LOCK_PATIENCE = { lockTimeoutMs: 500, oracleCallTimeoutMs: 2_000 };

/** Pools of the HTTP interface by purpose, beside that of the service. */
export type HttpPools = { readonly lookUps: Database; readonly changes: Database };

/**
 * Opens the pools, which close with the service. The server ends a statement when the request has
 * been answered without it.
 */
export const openHttpPools = ({
  config,
  defer,
}: Pick<ServiceContext<ProducerConfig>, 'config' | 'defer'>): HttpPools => {
  const shares = shareConnections(config.DATABASE_POOL_MAX);
  const open = (purpose: keyof HttpPools, limits: Partial<DatabaseSettings> = {}): Database => {
    const settings = toDatabaseSettings(config, `producer ${config.INSTANCE_ID}`);
    const statementTimeoutMs = Math.min(config.HTTP_ANSWER_TIMEOUT_MS, settings.statementTimeoutMs);
    const db = openDatabase({ ...settings, statementTimeoutMs, ...limits, poolMax: shares[purpose] });
    defer(`database ${purpose}`, db.close);
    return db;
  };
  return { lookUps: open('lookUps'), changes: open('changes', LOCK_PATIENCE) };
};
