import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { listMigrations } from '../migrate/list-migrations';
import { broken, type Check, type Finding, statements, well } from './finding';
import { checkAnswers } from './oracle-answers';
import { checkColumnTypes } from './oracle-columns';
import {
  type EngineSettings,
  judgeAccount,
  judgeIdleBlockers,
  judgeProfile,
  judgeServer,
  readAccount,
  readServerLimits,
} from './oracle-limits';
import { judgeObjects, readBrokenObjects } from './oracle-objects';
import { readStanding } from './oracle-standing';
import { judgeOwnerRights, judgeStorage, readStorage } from './oracle-storage';

const CHARACTER_SET = 'database: character set';

type Checks = (db: Database, mapping: ExchangeMapping, settings: EngineSettings) => readonly Check[];

/** A character set that would alter texts has already made the connection fail. */
const checkCharacterSet = async (db: Database): Promise<Finding> => {
  const { name, growth } = await db.characterSet();
  return well(
    CHARACTER_SET,
    growth === 1
      ? name
      : `${name}: messages with characters outside it, such as emoji, are rejected (CONTENT_NOT_ENCODABLE)`,
  );
};

const characterSet = (db: Database): Check => ({
  name: CHARACTER_SET,
  essential: true,
  look: () => checkCharacterSet(db),
});

const checksOnOracle: Checks = (db, mapping, settings) => [
  {
    name: 'oracle: account',
    look: async () => {
      const { account, owner, roles } = await readStanding(db, mapping);
      const { status, expiresAt, limits } = await readAccount(db);
      const scope = `${account} sees only what ${roles.join(', ')} may; log in as the owner to check migrations, storage, objects and the rights of other roles`;
      return [
        judgeAccount(account, status, expiresAt, Date.now()),
        ...judgeProfile(account, limits, settings.poolMax),
        ...(owner || roles.length === 0 ? [] : [well('oracle: scope', scope)]),
      ];
    },
  },
  {
    name: 'oracle: limits of the server',
    look: async () => {
      const { account } = await readStanding(db, mapping);
      const limits = await readServerLimits(db);
      return [...judgeServer(limits, account, settings), ...judgeIdleBlockers(limits)];
    },
  },
  characterSet(db),
  {
    name: 'oracle: role',
    essential: true,
    look: async () => {
      const { account, lost, elsewhere } = await readStanding(db, mapping);
      if (elsewhere !== undefined)
        return broken(
          'oracle: role',
          `${account} has none of the bridge's roles, and the tables belong to ${elsewhere}`,
          `Run the doctor as ${elsewhere}, and with the account of each service (DATABASE_URL or --database).`,
        );
      if (lost === undefined) return [];
      return broken(
        'oracle: role',
        `${account} has synonyms for the bridge's tables, but none of its roles`,
        `A DBA:${statements(...lost)}`,
      );
    },
  },
  {
    name: 'oracle: storage',
    look: async () => {
      const { account, owner } = await readStanding(db, mapping);
      if (!owner) return [];
      const storage = await readStorage(db, account, settings.tablespaces);
      const { missing } = await listMigrations(db, mapping);
      return [...judgeStorage(storage), judgeOwnerRights(account, storage.privileges, missing.length > 0)];
    },
  },
  {
    name: 'oracle: objects',
    look: async () => ((await readStanding(db, mapping)).owner ? judgeObjects(await readBrokenObjects(db)) : []),
  },
  { name: 'oracle: column types', look: () => checkColumnTypes(db, mapping) },
  { name: 'oracle: answers in the database', look: () => checkAnswers(db) },
];

const CHECKS: PerEngine<Checks> = { pg: (db) => [characterSet(db)], oracledb: checksOnOracle };

/** Returns the checks of this engine only. They also work before the tables exist. */
export const engineChecks = (db: Database, mapping: ExchangeMapping, settings: EngineSettings): readonly Check[] =>
  forEngine(db.engine, CHECKS)(db, mapping, settings);
