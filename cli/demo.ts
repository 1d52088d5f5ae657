import { Command, InvalidArgumentError, Option } from 'commander';
import { DEMO_ENGINES } from './demo/choose-engine';
import type { DemoOptions } from './demo/world';
import { runAction } from './run-action';

const FEWEST = 50;
const MOST = 200_000;

const messageCount = (text: string): number => {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= FEWEST && count <= MOST) return count;
  throw new InvalidArgumentError(`must be a whole number from ${FEWEST} to ${MOST}.`);
};

const HELP = `
Starts Kafka (Java >= 17; fetched by Maven the first time), PostgreSQL, the four
services and a simulated province, sends messages in all three ways, lets
customers reply, runs the night job, and counts in the province's own journal
what was lost and what was sent twice. A service that is killed meanwhile is
started again.
With --kafka or --database it uses an existing server, under names of its own
that are removed at the end.
With --engine oracle it runs on a stand-in that speaks Oracle's protocol and is
not Oracle; with --database oracle://… on a real one, with a DBA's account.

The last line is for programs: published=N handed=N delivered=N undelivered=N
expired=N rejected=N inbound=N archived=N lost=N duplicated=N; with --kill also
kills=N before lost.
Exit status: 0 when nothing was lost and nothing was sent twice, else 1.
`;

export const demoCommand = (): Command =>
  new Command('demo')
    .description('run the whole bridge on this machine: Kafka, database, four services, a simulated province')
    .addOption(new Option('--messages <n>', 'how many messages to publish').argParser(messageCount).default(2000))
    .option('--keep', 'keep everything running at the end and print how to reach it; Ctrl-C stops it')
    .option('--kill', 'kill all four services at random (kill -9) while messages flow')
    .option('--logs <directory>', "keep the services' logs in this directory; default: they are removed at the end")
    .option('--kafka <host:port>', 'use this Kafka instead of starting one (comma-separated brokers)')
    .option(
      '--database <url>',
      'use this server instead of starting one: postgres://user:password@host:port/database or oracle://user:password@host:port/service',
    )
    .addOption(
      new Option('--engine <engine>', 'which database; default: that of --database, else pg').choices(DEMO_ENGINES),
    )
    .addHelpText('after', HELP)
    .action(runAction<DemoOptions>(async () => (await import('./demo/run-demo.js')).runDemo));
