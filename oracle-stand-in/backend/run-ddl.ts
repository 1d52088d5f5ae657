import { qualifiedNameAt } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import { isWord, type Token } from '../sql/tokens';
import { modifiedColumns, translateAlterTable } from '../sql/translate-alter';
import {
  translateCommentOrTruncate,
  translateCreateIndex,
  translateCreateSequence,
  translateCreateView,
  translateDrop,
} from '../sql/translate-object';
import { translateCreateTable } from '../sql/translate-table';
import { checkModified, checkName, constraintChecks, indexChecks } from './ddl-checks';
import { CODE_KINDS, runCode } from './ddl-code';
import { forgetLostTriggers, revalidateTriggers } from './ddl-dependent';
import { runSynonym, runTablespace } from './ddl-names';
import { runAccountDdl, runGrant } from './ddl-security';
import { apply, createDomains, type DdlCall, place, relation, requireQuota } from './ddl-steps';
import { replaceView } from './ddl-view';
import { mayGrantRole } from './grant-rights';
import { toOracleError } from './postgres-errors';
import type { ServerWorld } from './server-world';

/**
 * Returns the kind of object of a CREATE, ALTER or DROP: the first word that names one. In a
 * comment, such a word after the third is a column's name.
 */
const objectKind = (tokens: readonly Token[]): string =>
  tokens
    .slice(1, isWord(tokens[0], 'COMMENT') ? 3 : 6)
    .find((token) =>
      isWord(
        token,
        ...CODE_KINDS,
        'TABLE',
        'INDEX',
        'VIEW',
        'SEQUENCE',
        'SYNONYM',
        'USER',
        'ROLE',
        'TABLESPACE',
        'PROFILE',
        'DIRECTORY',
        'SYSTEM',
      ),
    )?.value ?? '';

/** Requires the system privilege for an object in the user's own or in another schema. */
const requirePrivilege = (held: ReadonlySet<string>, verb: string, kind: string, own: boolean): void => {
  if (held.has('DBA')) return;
  const noRightNeeded = own && (verb !== 'CREATE' || kind === 'INDEX');
  const code = ['FUNCTION', 'PACKAGE'].includes(kind) ? 'PROCEDURE' : kind;
  if (noRightNeeded || held.has(`${verb} ${own ? '' : 'ANY '}${code}`)) return;
  throw new OracleError(1031, 'insufficient privileges');
};

/** Refuses features that a Standard Edition lacks. */
const requireEdition = (world: ServerWorld, tokens: readonly Token[], kind: string): void => {
  if (world.edition === 'EE') return;
  const has = (...words: readonly string[]): boolean =>
    tokens.some((_, at) => words.every((word, nth) => isWord(tokens[at + nth], word)));
  if (kind === 'INDEX' && has('ONLINE')) throw new OracleError(439, 'feature not enabled: Online Index Build');
  if (kind === 'TABLE' && has('PARTITION', 'BY')) throw new OracleError(439, 'feature not enabled: Partitioning');
};

const runTable = async (
  { tokens, context, lockWaitMs }: DdlCall,
  world: ServerWorld,
  create: boolean,
): Promise<void> => {
  const change = create ? translateCreateTable(tokens, context) : translateAlterTable(tokens, context);
  const { roleName } = await world.accounts.mustFind(change.owner);
  await requireQuota(world, change.owner, change.tablespace);
  const table = relation(change.owner, change.table);
  await checkModified(create ? [] : modifiedColumns(tokens), table, world);
  await createDomains(world, change.domains);
  const owned = create ? [`ALTER TABLE ${table} OWNER TO "${roleName}"`] : [];
  const kind = change.statements.some((statement) => /DROP CONSTRAINT/.test(statement)) ? 'CONSTRAINT' : 'TABLE';
  await apply(
    world,
    [...change.statements, ...owned, ...constraintChecks(table), `SELECT ora.install_checks('${table}'::regclass)`],
    context.schema,
    create ? 'CREATE' : 'ALTER',
    kind,
    lockWaitMs,
  );
  if (create) await place(world, change.owner, change.table, change.tablespace);
};

/** Replaces the error of NOT NULL on existing NULLs by that for a new or an existing column. */
const nullsFound = (error: unknown, { tokens, context }: DdlCall): unknown => {
  if (!(error instanceof OracleError) || error.number !== 1400 || !isWord(tokens[0], 'ALTER')) return error;
  return tokens.some((token) => isWord(token, 'ADD'))
    ? new OracleError(1758, 'table must be empty to add mandatory (NOT NULL) column')
    : new OracleError(2296, `cannot enable (${context.schema}.) - null values found`);
};

/**
 * Wait of an ONLINE build. Oracle waits for running transactions without limit while others may
 * begin; in PostgreSQL none can begin meanwhile.
 */
const ONLINE_WAIT_MS = 60_000;

const runObject = async (call: DdlCall, world: ServerWorld, kind: string): Promise<void> => {
  const { tokens, context } = call;
  const creators = { INDEX: translateCreateIndex, VIEW: translateCreateView, SEQUENCE: translateCreateSequence };
  const verb = tokens[0]!.value;
  if (verb === 'ALTER') return;
  const translateObject =
    verb === 'CREATE'
      ? creators[kind as keyof typeof creators]
      : verb === 'DROP'
        ? translateDrop
        : translateCommentOrTruncate;
  const change = translateObject(tokens, context);
  const owned: string[] = [];
  if (verb === 'CREATE' && kind !== 'INDEX') {
    const { roleName } = await world.accounts.mustFind(change.owner);
    owned.push(`ALTER ${kind} ${relation(change.owner, change.name)} OWNER TO "${roleName}"`);
  }
  await requireQuota(world, change.owner, change.tablespace);
  const checks = verb === 'CREATE' && kind === 'INDEX' ? indexChecks(change.owner, change.name) : [];
  const statements = [...change.statements, ...owned, ...checks];
  const online = kind === 'INDEX' && tokens.some((token) => isWord(token, 'ONLINE'));
  const isView = verb === 'CREATE' && kind === 'VIEW' && isWord(tokens[1], 'OR');
  if (isView) await replaceView(world, change, statements, context.schema);
  else await apply(world, statements, context.schema, verb, kind, online ? ONLINE_WAIT_MS : call.lockWaitMs);
  if (verb === 'CREATE' && kind === 'INDEX') await place(world, change.owner, change.name, change.tablespace);
};

const ownerOf = (tokens: readonly Token[], kind: string, schema: string): string => {
  const at = tokens.findIndex((token) => isWord(token, kind));
  return qualifiedNameAt(tokens, isWord(tokens[at + 1], 'BODY') ? at + 2 : at + 1)?.owner ?? schema;
};

const nameOf = (tokens: readonly Token[], kind: string): string =>
  qualifiedNameAt(tokens, tokens.findIndex((token) => isWord(token, kind)) + 1)?.name ?? '';

/** Runs one DDL statement. The caller has committed before, and need not commit afterwards. */
export const runDdl = async (call: DdlCall, world: ServerWorld): Promise<void> => {
  const { tokens, context, user } = call;
  const verb = tokens[0]!.value;
  const held = await world.accounts.privilegesOf(user);
  try {
    if (verb === 'GRANT' || verb === 'REVOKE') {
      await runGrant(tokens, context, world, user);
      return;
    }
    const kind = objectKind(tokens);
    if (['USER', 'ROLE', 'TABLESPACE', 'PROFILE', 'DIRECTORY', 'SYSTEM'].includes(kind))
      requirePrivilege(held, verb, kind, true);
    else requirePrivilege(held, verb, kind, ownerOf(tokens, kind, context.schema) === user);
    requireEdition(world, tokens, kind);
    await checkName(call, world, kind);
    if (['USER', 'ROLE'].includes(kind)) {
      const rights = ['DBA', `${verb} ${kind}`, `${verb} ANY ${kind}`];
      const may = verb === 'CREATE' || rights.some((right) => held.has(right));
      if (!may && !(kind === 'ROLE' && (await mayGrantRole(world, user, tokens[2]!.value))))
        throw new OracleError(1031, 'insufficient privileges');
      await runAccountDdl(tokens, context, world, user);
    } else if (kind === 'TABLESPACE') await runTablespace(call, world);
    else if (kind === 'SYNONYM') await runSynonym(call, world);
    else if (CODE_KINDS.includes(kind)) await runCode(call, world, kind);
    else if (kind === 'TABLE' && (verb === 'CREATE' || verb === 'ALTER'))
      await runTable(call, world, verb === 'CREATE');
    else if (['TABLE', 'INDEX', 'VIEW', 'SEQUENCE'].includes(kind) || verb === 'COMMENT')
      await runObject(call, world, kind);
    else throw notSupported(`${verb} ${kind}`);
    if (verb === 'DROP' && ['TABLE', 'USER'].includes(kind)) await forgetLostTriggers(world);
    if (['TABLE', 'VIEW'].includes(kind) && verb !== 'COMMENT' && verb !== 'TRUNCATE')
      await revalidateTriggers(call, world, nameOf(tokens, kind));
  } catch (error) {
    throw toOracleError(nullsFound(error, call), { verb, lockWait: false });
  } finally {
    world.changed();
  }
};
