import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { createArchiverMetrics } from '../../services/archiver/wiring/archive-metrics';
import type { BatchCounts } from '../../services/exchange-relay/relay-batch';
import { createRelayMetrics } from '../../services/exchange-relay/wiring/relay-metrics';
import { createProducerMetrics, ROUTES } from '../../services/producer/wiring/producer-metrics';
import { createCollectorMetrics } from '../../services/report-collector/wiring/collector-metrics';
import { ROOT, readDocument } from '../support/documents';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly runbook: string };
};

const FILE = join(ROOT, 'deploy', 'alerts.yml');
const rules = parse(readFileSync(FILE, 'utf8')).groups.flatMap((group: { rules: Rule[] }) => group.rules) as Rule[];

it.each(['docs/operate/watch.md', 'docs/zh-CN/operate/watch.md'])(
  '%s explains the rules of deploy/alerts.yml',
  (path) => {
    const rows = readDocument(path)
      .text.split('\n')
      .filter((line) => /^\| `[A-Z]\w+` \|/.test(line))
      .map((line) => line.split(' | '));
    const explained = rows.map(([alert = '', when = '', is = '']) => ({
      alert: /\w+/.exec(alert)?.[0],
      parts: [...when.matchAll(/`([^`]+)`/g)].map(([, part]) => part),
      for: /(\d+) (?:minutes?|分钟)$/.exec(when)?.[1],
      runbook: `docs/runbooks/${/\(\.\.\/runbooks\/([\w-]+\.md)\)/.exec(is)?.[1]}`,
    }));
    expect(explained).toEqual(
      rules.map((rule) => ({
        alert: rule.alert,
        parts: rule.expr.split(/ or /),
        for: rule.for?.replace('m', ''),
        runbook: rule.annotations.runbook,
      })),
    );
  },
);

it('the metrics know the routes of the HTTP interface', () => {
  const { paths } = JSON.parse(readFileSync(join(ROOT, 'docs', 'openapi.json'), 'utf8'));
  const described = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  expect([...ROUTES].sort()).toEqual(described.sort());
});

const NO_COUNTS = { handed: 0, scheduled: 0, replayed: 0, duplicates: 0, deadLetters: 0, parked: 0, ended: new Map() };

/** The metrics of all services, as after their start. */
const startServices = () => {
  const register = new Registry();
  const state = { refused: false };
  const refused = () => state.refused;
  const relay = createRelayMetrics(register, () => 0, refused);
  const producer = createProducerMetrics(register, () => 0);
  const collector = createCollectorMetrics(register);
  const archiver = createArchiverMetrics(register);
  collector.watch('report', refused);
  archiver.watch(refused);
  relay.throttle(false);
  return { register, state, relay, producer, collector, archiver };
};
type World = ReturnType<typeof startServices>;

const flushed = ({ relay }: World, counts: Partial<BatchCounts>) =>
  relay.flushed(1, { ...NO_COUNTS, ...counts } as BatchCounts, 1);
const collected = ({ collector }: World, outcomes: Record<string, number>) =>
  collector.collected('report', { rows: 1, outcomes }, 1);

/** What makes each alert fire: the first event of a process is enough. */
const EVENTS: Readonly<Record<string, ((world: World) => void)[]>> = {
  ExchangeTableFull: [({ relay }) => relay.throttle(true)],
  TableRefuses: [
    ({ state }) => {
      state.refused = true;
    },
    ({ relay }) => relay.parked([{ fault: 'DB_DATA' } as never]),
  ],
  MessageLocked: [({ relay }) => relay.parked([{ fault: '' } as never])],
  RelayLag: [({ relay }) => relay.lag([[3, 10_001]])],
  RecordsHeldUp: [({ relay }) => relay.oldestUnhandled(61), ({ archiver }) => archiver.oldestUnhandled(61)],
  CollectorBacklog: [({ collector }) => collector.backlog({ resp: 10_001, report: 0, recv: 0, wait: 0 })],
  DeadLetters: [(world) => flushed(world, { deadLetters: 1 }), (world) => collected(world, { set_aside: 1 })],
  UnmatchedReports: [(world) => collected(world, { unmatched: 120 })],
  UnknownCodes: [(world) => collected(world, { code_unknown: 1 })],
  HttpFails: [
    ({ producer }) => producer.answered('POST /v1/messages', 503, 1),
    ({ producer }) => producer.answered('GET /v1/received', 500, 1),
  ],
};

/** Returns the series of a scrape with their values. */
const scrape = async ({ register }: World): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await register.metrics())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => /^(.*) (\S+)$/.exec(line)!.slice(1) as [string, string]),
  );

const EVENT_AT = 20;
const END = 60;

/**
 * Returns the input of promtool: one scrape a minute, at first those before the event. A series
 * that only the second scrape has is missing until then, as it is for Prometheus.
 */
const toSeries = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  [...after].map(([series, value]) => ({
    series,
    values: `${before.has(series) ? `${before.get(series)}+0x${EVENT_AT - 1}` : `_x${EVENT_AT}`} ${value}+0x${END - EVENT_AT}`,
  }));

const found = spawnSync(process.execPath, [join(ROOT, 'scripts', 'promtool.mjs')], { encoding: 'utf8' });
if (found.status !== 0) process.stderr.write(`the alerts are not fired: ${found.stderr}\n`);

describe('the rules, in the engine of Prometheus', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-alerts-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const whenFound = found.status === 0 ? it : it.skip;

  /** Evaluates the rules with these series. Returns the complaints of promtool, or nothing. */
  const check = (
    series: readonly object[],
    expected: readonly { readonly alert: string; readonly minute: number; readonly firing: boolean }[],
  ): string => {
    const tests = expected.map(({ alert, minute, firing }) => ({
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) > bool 0`,
      eval_time: `${minute}m`,
      exp_samples: firing ? [{ labels: '{}', value: 1 }] : [],
    }));
    const path = join(directory, 'test.yml');
    const last = Math.max(...expected.map(({ minute }) => minute));
    const interval = last > END ? '10m' : '1m';
    const content = {
      rule_files: [FILE],
      evaluation_interval: interval,
      tests: [{ interval: '1m', input_series: series, promql_expr_test: tests }],
    };
    writeFileSync(path, JSON.stringify(content));
    const { status, stdout, stderr } = spawnSync(found.stdout, ['test', 'rules', path], { encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}`;
  };

  it('are all fired below', () => {
    const others = ['ServiceDown', 'ServiceNotReady', 'NoArchiveRun'];
    expect([...Object.keys(EVENTS), ...others].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  whenFound.each(Object.entries(EVENTS).flatMap(([alert, events]) => events.map((event) => [alert, event] as const)))(
    '%s fires at its event, and no other does',
    async (alert, event) => {
      const world = startServices();
      world.archiver.lastGoodRun(0);
      const before = await scrape(world);
      event(world);
      const after = await scrape(world);
      const others = rules.filter((rule) => rule.alert !== alert).map((rule) => rule.alert);
      const expected = [
        { alert, minute: EVENT_AT - 1, firing: false },
        { alert, minute: EVENT_AT + 6 - (alert === 'HttpFails' ? 3 : 0), firing: true },
        ...others.map((other) => ({ alert: other, minute: EVENT_AT + 6, firing: false })),
      ];
      expect(check(toSeries(before, after), expected)).toBe('');
    },
  );

  whenFound.each([
    ['ServiceDown', 'up{job="exchange-relay"}', '1+0x10 0+0x10'],
    ['ServiceNotReady', 'sms_service_ready{job="exchange-relay"}', '1+0x10 0+0x10'],
  ])('%s fires after two minutes', (alert, series, values) => {
    const expected = [
      { alert, minute: 12, firing: false },
      { alert, minute: 14, firing: true },
    ];
    expect(check([{ series, values }], expected)).toBe('');
  });

  whenFound('NoArchiveRun fires after 26 h without a good run, and not with one', async () => {
    const world = startServices();
    world.archiver.lastGoodRun(0);
    const name = 'sms_archiver_last_success_timestamp_seconds';
    const value = (await scrape(world)).get(name);
    const day = (values: string) => [{ series: name, values }];
    const alert = 'NoArchiveRun';
    expect(check(day(`${value}+0x1700`), [{ alert, minute: 25 * 60, firing: false }])).toBe('');
    expect(check(day(`${value}+0x1700`), [{ alert, minute: 27 * 60, firing: true }])).toBe('');
    expect(check(day(`${value}+0x1439 86400+0x300`), [{ alert, minute: 27 * 60, firing: false }])).toBe('');
  });
});
