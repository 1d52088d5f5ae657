import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { CliContext } from '../run-action';
import { countSettled, judgeFates, type PublishedMessage } from './judge-fates';
import { killAtRandom } from './kill-services';
import type { Narrator } from './narrator';
import { countAtPlatform, countAtProvince, loadJournal } from './observe-tables';
import { type PlannedMessage, planMessages } from './plan-messages';
import { publishPlanned } from './publish-planned';
import { httpAddressOf } from './run-services';
import { type Counts, openProgress } from './show-progress';
import type { DemoResult } from './show-result';
import { pause, waitUntil } from './wait-until';
import { type TopicWatch, watchTopics } from './watch-topics';
import type { Defer, DemoWorld } from './world';

export type FollowRequest = {
  readonly context: CliContext;
  readonly count: number;
  readonly signal: AbortSignal;
  readonly defer: Defer;
  readonly onDeath: (error: Error) => void;
  readonly narrator: Narrator;
  /** kill the services at random while messages flow */
  readonly kill: boolean;
};

/**
 * Validity of the good messages, in ms. The night job can move a message only after it, because the
 * ledger keeps a message until a copy of it would be expired.
 */
const VALIDITY: PerEngine<(count: number) => number> = {
  pg: (count) => 10_000 + count,
  oracledb: (count) => 15_000 + count,
};
/** While services are killed, the messages flow for this long, and are valid for longer. */
const KILLING_MS = 20_000;
const VALID_LONGER_MS = 30_000;
/** about the time that the night job takes; it is killed at a moment within */
const NIGHT_JOB_MS = 1_000;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 200;

const toPublished = ({ id, expectation, message }: PlannedMessage): PublishedMessage => ({
  id,
  expectation,
  expiresAt: message.expiresAt ?? 0,
});

const countKind = (planned: readonly PlannedMessage[], kind: string): number =>
  planned.filter(({ expectation }) => expectation.kind === kind).length;

type Observer = {
  /** counts at the province and in the platform's tables, and shows the progress */
  readonly look: (words?: string) => Promise<Look>;
  readonly until: (what: string, holds: (seen: Look) => boolean) => Promise<void>;
  readonly addPublished: (more: number) => void;
  readonly published: () => number;
  readonly close: () => void;
};

type Look = Awaited<ReturnType<typeof countAtProvince>> & Awaited<ReturnType<typeof countAtPlatform>>;

type Observed = {
  readonly province: Database;
  readonly platform: Database;
  readonly watch: TopicWatch;
  readonly planned: readonly PlannedMessage[];
  readonly refusals: Map<string, string>;
  readonly unreadable: Map<string, Buffer>;
  readonly settled: () => number;
};

const createObserver = ({ context, count, signal, narrator }: FollowRequest, observed: Observed): Observer => {
  const { province, platform, watch, planned, refusals, settled } = observed;
  const progress = context.output.json ? undefined : openProgress(process.stdout, context.output.colours, narrator.say);
  if (process.stdout.isTTY) narrator.through(progress?.say);
  const [toSend, lost] = [countKind(planned, 'sent'), countKind(planned, 'unreadable')];
  let published = 0;
  let latest: Counts = { published: 0, handed: 0, settled: 0, inbound: 0, archived: 0 };
  const look = async (words = ''): Promise<Look> => {
    const [atProvince, atPlatform] = await Promise.all([countAtProvince(province), countAtPlatform(platform)]);
    const archived = atPlatform.archivedSent + atPlatform.archivedReceived;
    latest = { published, handed: atProvince.taken, settled: settled(), inbound: watch.received(), archived };
    const archivable = count - lost - refusals.size + watch.acknowledged();
    const totals = { published: count, handed: toSend, settled: count, inbound: atProvince.replies };
    progress?.update(latest, { ...totals, archived: archivable }, words);
    return { ...atProvince, ...atPlatform };
  };
  const until: Observer['until'] = (what, holds) =>
    waitUntil(
      async () => {
        const seen = await look();
        return holds(seen) ? 'done' : JSON.stringify({ ...latest, ...seen });
      },
      { signal, patienceMs: PATIENCE_MS, what, everyMs: LOOK_EVERY_MS },
    );
  return {
    look,
    until,
    addPublished: (more) => {
      published += more;
    },
    published: () => published,
    close: () => {
      progress?.close();
      narrator.through(undefined);
    },
  };
};

/** Keeps the services from being killed any further, also after an error. */
const withKiller = async <T>(
  { services }: DemoWorld,
  { kill, signal, onDeath, narrator }: FollowRequest,
  work: (kills: () => Promise<DemoResult['kills']>) => Promise<T>,
): Promise<T> => {
  if (!kill) return work(async () => undefined);
  const killer = killAtRandom({ services, signal, say: narrator.say });
  killer.running.catch(onDeath);
  try {
    return await work(killer.stop);
  } finally {
    killer.stop().catch(() => undefined);
  }
};

type Sent = { readonly twice: number; readonly kills: DemoResult['kills'] };

/** Publishes everything, and waits until each message has ended. */
const sendAll = (world: DemoWorld, request: FollowRequest, observed: Observed, observer: Observer): Promise<Sent> =>
  withKiller(world, request, async (kills) => {
    const { database, kafka, codecs, sink, services } = world;
    const { planned, refusals, unreadable, settled } = observed;
    let twice = 0;
    const publishing = publishPlanned(planned, {
      signal: request.signal,
      sink,
      codec: codecs.send,
      topic: kafka.topics.send,
      httpUrl: httpAddressOf(services),
      httpKey: database.apps[0]!.key,
      openBusiness: () => database.open(database.businessUrl, 'business system'),
      refusals,
      unreadable,
      lastsMs: request.kill ? KILLING_MS : 0,
      onPublished: (more, again) => {
        observer.addPublished(more);
        twice += again;
      },
    });
    const all = observer.until('everything to be published', () => observer.published() === request.count);
    await Promise.all([publishing, all]);
    await observer.until('a final status of every message', () => settled() === request.count);
    return { twice, kills: await kills() };
  });

/**
 * Publishes everything, waits until each message has ended and each reply has arrived, runs the
 * night job, and judges the result. Afterwards no received message is acknowledged.
 * @throws BridgeError DEMO_STUCK, DEMO_HTTP, SERVICE_DIED, KAFKA_…, DB_…, or the reason of the
 * signal
 */
export const sendAndFollow = async (world: DemoWorld, request: FollowRequest): Promise<DemoResult> => {
  const { count, signal, defer, onDeath, kill } = request;
  const { run, database, kafka, codecs, sink } = world;
  const province = database.open(database.urls['gateway-simulator'], 'demo journal');
  defer(province.close);
  const unreadable = new Map<string, Buffer>();
  const refusals = new Map<string, string>();
  const watch = await watchTopics({ ...kafka, codecs, sink, run, unreadable, onFatal: onDeath });

  const now = Date.now();
  const validUntil = now + forEngine(database.db.engine, VALIDITY)(count) + (kill ? VALID_LONGER_MS : 0);
  const planned = planMessages({ count, run, now, validUntil, apps: database.apps.map(({ appId }) => appId) });
  const messages = planned.map(toPublished);
  const seen = { finals: watch.finals, deadLetters: watch.deadLetters, refusals };
  const settled = (): number => countSettled(messages, seen);
  const observed = { province, platform: database.db, watch, planned, refusals, unreadable, settled };
  const observer = createObserver(request, observed);
  const { look, until, close } = observer;
  try {
    const { twice, kills } = await sendAll(world, request, observed, observer);
    await until("the customers' replies", ({ waiting, replies }) => waiting === 0 && watch.received() >= replies);
    await until('the acknowledgements', ({ processed }) => processed >= watch.acknowledged());
    while (Date.now() <= validUntil) {
      await look('waits for the validity to end');
      await pause(LOOK_EVERY_MS, signal);
    }
    await look('at work');
    await world.nightJob(kill ? Math.random() * NIGHT_JOB_MS : undefined);
    const { archivedSent, archivedReceived } = await look();
    close();
    const fates = judgeFates(messages, { ...seen, journal: await loadJournal(province, database.db) });
    const [inbound, acknowledged] = [watch.received(), watch.acknowledged()];
    return { fates, twice, inbound, acknowledged, archivedSent, archivedReceived, kills };
  } finally {
    close();
    await watch.close();
  }
};
