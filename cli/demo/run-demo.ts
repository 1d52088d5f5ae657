import { BridgeError, messageOf } from '../../shared/errors';
import { EXIT } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { complaintsOf } from './child-processes';
import { chooseEngine } from './choose-engine';
import { createNarrator } from './narrator';
import { toAccess, untilInterrupted, WHAT_NEXT } from './next-steps';
import { openWorld } from './open-world';
import { NOT_ORACLE, requireStandIn } from './oracle-stand-in';
import { sendAndFollow } from './send-and-follow';
import { problemsOf, toResultTable, toSummaryLine } from './show-result';
import type { DemoOptions } from './world';

/**
 * Collects functions that close what was opened. They run once, in reverse order; when one fails,
 * the others still run.
 */
const createClosers = (note: (text: string) => void) => {
  const closers: (() => unknown)[] = [];
  return {
    defer: (close: () => unknown) => void closers.push(close),
    closeAll: async (): Promise<void> => {
      for (const close of closers.splice(0).reverse()) {
        try {
          await close();
        } catch (error) {
          note(`closing failed: ${messageOf(error)}`);
        }
      }
    },
  };
};

type Ending = {
  readonly signal: AbortSignal;
  readonly onDeath: (error: Error) => void;
  readonly defer: (close: () => unknown) => void;
};

const toNumbers = (line: string): Record<string, number> =>
  Object.fromEntries(
    line
      .split(' ')
      .map((field) => field.split('='))
      .map(([name, count]) => [name, Number(count)]),
  );

const demonstrate = async (context: CliContext, options: DemoOptions, ending: Ending): Promise<number> => {
  const { output } = context;
  const narrator = createNarrator(output);
  const count = options.messages.toLocaleString('en-US');
  const database = chooseEngine(options);
  const standIn = database.engine === 'oracle' && database.ours;
  if (standIn) requireStandIn();
  const warn = (text: string): void => output.say(output.colours.yellow(text));
  output.say(
    `${count} messages through the SMS bridge: a real Kafka,\n${standIn ? 'a stand-in for Oracle' : 'a real database'}, each service a process of its own\n`,
  );
  if (standIn) warn(`${NOT_ORACLE}\n`);
  const world = await openWorld({ context, options, database, ...ending, say: narrator.say });
  const request = { context, count: options.messages, kill: options.kill === true, ...ending, narrator };
  const result = await sendAndFollow(world, request).catch((error: unknown) => {
    // No process has died, so their last warnings may tell the reason.
    if ((error as { code?: string }).code === 'DEMO_STUCK') complaintsOf(world.services).forEach(output.note);
    throw error;
  });
  const problems = problemsOf(result.fates);
  output.say(`\n${toResultTable(result, output.colours)}\n`);
  for (const problem of problems) output.say(output.colours.red(problem));
  if (standIn) warn(`${NOT_ORACLE}\n`);
  if (options.keep) {
    output.say(toAccess(world));
    await untilInterrupted(context, ending.signal);
  } else output.say(WHAT_NEXT);
  const line = toSummaryLine(result);
  output.emit({ ...toNumbers(line), ...(standIn ? { standIn: 'oracle' } : {}) }, () => line);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
};

/**
 * Runs the demo and stops everything it started, also on failure. Returns EXIT.failed when a
 * message was lost, duplicated or wrong.
 */
export const runDemo: Run<DemoOptions> = async (context, options) => {
  const ending = new AbortController();
  const interrupt = () => ending.abort(new BridgeError('INTERRUPTED', 'interrupted'));
  context.signal.addEventListener('abort', interrupt, { once: true });
  const { defer, closeAll } = createClosers(context.output.note);
  let finished = false;
  const onDeath = (error: Error) => {
    if (!finished) ending.abort(error);
  };
  try {
    return await demonstrate(context, options, { signal: ending.signal, onDeath, defer });
  } catch (error) {
    // The death of a process causes many other errors; report the death.
    const cause: unknown = ending.signal.aborted ? ending.signal.reason : error;
    if (!context.signal.aborted) throw cause;
    context.output.note('stopped');
    return EXIT.interrupted;
  } finally {
    finished = true;
    context.signal.removeEventListener('abort', interrupt);
    await closeAll();
  }
};
