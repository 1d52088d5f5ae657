import type { Database } from '../../shared/database/database';
import { broken, type Check, type Finding, statements, warning, well } from './finding';
import { type Holder, lookAtHolders, lookAtSessions, type Session } from './look-at-sessions';

export const SERVICES = ['producer', 'exchange-relay', 'report-collector', 'archiver'] as const;
export type Service = (typeof SERVICES)[number];

/** Every service asks the database something at least every 5 s. */
const QUIET_SECONDS = 20;

const LONG_SECONDS = 60;

const judgeService = (service: Service, sessions: readonly Session[]): Finding => {
  const check = `service: ${service}`;
  const own = sessions.filter(({ name }) => name.split(' ')[0] === service);
  if (own.length === 0)
    return broken(
      check,
      'has no session in this database: it does not run, or cannot get in',
      `Start it (node dist/services/${service}/main.js), or read its log. If it is not meant to run: --without ${service}.`,
    );
  const instances = [...new Set(own.map(({ name }) => name))].map((name) => ({
    instance: name.slice(service.length + 1),
    quiet: own.filter((session) => session.name === name).map(({ quietSeconds }) => quietSeconds ?? 0),
  }));
  const frozen = instances.filter(({ quiet }) => Math.min(...quiet) > QUIET_SECONDS);
  const list = instances.map(({ instance }) => instance).join(', ');
  if (frozen.length === 0) return well(check, `runs: ${list}`);
  const words = frozen.map(({ instance, quiet }) => `${instance} for ${Math.round(Math.min(...quiet))} s`);
  return broken(
    check,
    `has a session, but sends nothing: ${words.join(', ')}`,
    'The process is frozen, or its host is gone: docs/runbooks/process-frozen.md.',
  );
};

/** Judges which services run; `sessions` is undefined when the account cannot see them. Pure. */
export const judgeServices = (
  sessions: readonly Session[] | undefined,
  account: string,
  without: readonly string[],
): readonly Finding[] => {
  if (sessions !== undefined)
    return SERVICES.filter((service) => !without.includes(service)).map((service) => judgeService(service, sessions));
  return [
    warning(
      'service: all',
      `${account} may not read GV$SESSION, so it is not known which services run`,
      `Ask /health/ready of each process. Or let this account read it, as SYSDBA:${statements(`GRANT SELECT ON SYS.GV_$SESSION TO ${account}`)}`,
    ),
  ];
};

/** Judges the locks that last; `holders` is undefined when the account cannot see them. Pure. */
export const judgeHolders = (holders: readonly Holder[] | undefined): readonly Finding[] => {
  const check = 'flow: long locks';
  if (holders === undefined) return [];
  if (holders.length === 0) return [well(check, 'no session has held a lock for more than a minute')];
  return holders.map(({ who, seconds, tables, end }) =>
    broken(
      check,
      `${who} has held locks for ${Math.round(seconds)} s: ${tables.join(', ')}`,
      `Its messages cannot be handed over or ended. Let it commit, or end it:${statements(end)}`,
    ),
  );
};

/** Returns the checks of the sessions in the database. */
export const serviceChecks = (db: Database, account: string, without: readonly string[]): readonly Check[] => [
  { name: 'service: all', look: async () => judgeServices(await lookAtSessions(db), account, without) },
  { name: 'flow: long locks', look: async () => judgeHolders(await lookAtHolders(db, LONG_SECONDS)) },
];
