import { usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { type OracleArguments, toInstallation } from './script-options';
import { type ScriptPart, toScript } from './to-script';

const PARTS = ['dba', 'owner', 'accounts', 'answers-on', 'answers-off'] as const satisfies readonly ScriptPart[];

/** The usual default tablespace. A script cannot ask the server for it. */
const USERS = 'USERS';

export const printScript = (context: CliContext, part: ScriptPart, given: OracleArguments): undefined => {
  const { options, accounts, mapping } = toInstallation(given, context.env);
  if (part === 'accounts' && accounts.length === 0) throw usageError('give at least one --account NAME:ROLE');
  const script = toScript(
    part,
    { ...options, defaultTablespace: options.defaultTablespace ?? USERS },
    accounts,
    mapping,
  );
  context.output.emit({ part, script }, () => script.trimEnd());
};

export const runOracleScript: Run<OracleArguments> = async (context, options, [part = '']) => {
  const known = PARTS.find((name) => name === part);
  if (known === undefined) throw usageError(`the part must be one of ${PARTS.join(', ')}`);
  return printScript(context, known, options);
};
