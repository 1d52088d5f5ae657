import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBridgeWorld } from '../support/bridge-world';
import type { ServiceName } from '../support/service-process';
import { benchArguments, reportBench } from './bench-report';

const SERVICES: readonly ServiceName[] = ['producer', 'exchange-relay', 'report-collector', 'archiver'];
/**
 * The time after a start before it counts as idle: V8's last collection comes half a minute later.
 */
const SETTLE_MS = 35_000;
const WATCH_MS = 20_000;
/** USER_HZ, which is 100 in user space on Linux. */
const TICKS_PER_SECOND = 100;

const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
const residentMb = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

/**
 * Measures each service while it has nothing to do. One at a time: the start of another one would
 * be measured too. Linux only.
 */
const main = async (): Promise<void> => {
  const { json } = benchArguments({ messages: 0, rounds: 1 });
  const world = await createBridgeWorld();
  const found: { service: ServiceName; readyMs: number; rssMb: number; cpuPercent: number }[] = [];
  for (const service of SERVICES) {
    const startedAt = performance.now();
    const process_ = world.start(service);
    const port = await process_.ready();
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      await response.arrayBuffer();
      if (response.status === 200) break;
      await sleep(10);
    }
    const readyMs = Math.round(performance.now() - startedAt);
    await sleep(SETTLE_MS);
    const before = cpuSeconds(process_.pid);
    await sleep(WATCH_MS);
    const cpuPercent = ((cpuSeconds(process_.pid) - before) / (WATCH_MS / 1000)) * 100;
    found.push({ service, readyMs, rssMb: residentMb(process_.pid), cpuPercent: Math.round(cpuPercent * 100) / 100 });
    await process_.stop();
  }
  await world.close();
  reportBench('idle', {
    head: ['service', 'ready, ms', 'RSS, MB', 'CPU, % of a core'],
    rows: found.map((one) => [one.service, one.readyMs, one.rssMb, one.cpuPercent]),
    result: {
      ready: `${Math.max(...found.map((one) => one.readyMs))}ms`,
      rss: `${Math.max(...found.map((one) => one.rssMb))}MB`,
      cpu: `${Math.max(...found.map((one) => one.cpuPercent))}%`,
    },
    json,
    details: found,
  });
};

void main();
