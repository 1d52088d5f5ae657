import { readdirSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, callRaw } from '../support/http-call';
import { createSecrets } from '../support/secured-servers';
import type { Runner, ServiceProcess } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, type ProducerWorld } from './producer-world';

/** The first bytes of a TLS handshake, which then stays half open. */
const CLIENT_HELLO_BEGINS = Buffer.from([0x16, 0x03, 0x01]);

const FEW_DESCRIPTORS: Runner = ['sh', '-c', 'ulimit -n 200; exec "$0" "$@"', process.execPath];

const openHalfHandshakes = (address: string, count: number): readonly Socket[] => {
  const { hostname, port } = new URL(address);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(CLIENT_HELLO_BEGINS));
    // the server is expected to cut it
    socket.on('error', () => undefined);
    return socket;
  });
};

const descriptorsOf = ({ pid }: ServiceProcess): number => readdirSync(`/proc/${pid}/fd`).length;

onOneEngine('the connections of the producer', (engine) => {
  const secrets = createSecrets();
  const { cert, key } = secrets.authority.issue({ name: 'producer', host: '127.0.0.1' });
  const tls = {
    HTTP_TLS_CERT_FILE: secrets.file('producer.crt', cert),
    HTTP_TLS_KEY_FILE: secrets.file('producer.key', key),
  };
  let ground: BridgeGround;
  let world: ProducerWorld;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
    world = await createProducerWorld(ground);
  });
  afterAll(async () => {
    await world?.close();
    await ground?.close();
    secrets.remove();
  });

  it('end while their TLS handshake is half open: 500 of them, with 200 descriptors', async () => {
    const producer = world.start('producer', tls, [], FEW_DESCRIPTORS);
    const healthAddress = `http://127.0.0.1:${await producer.ready()}`;
    const address = await world.addressOf(producer);
    const isAlive = async (): Promise<boolean> => {
      const [openapi, live] = await Promise.all([
        call(address, '/openapi.json', { ca: secrets.authority.cert }, request as never),
        call(healthAddress, '/health/live'),
      ]);
      return openapi.status === 200 && live.status === 200;
    };
    expect(await isAlive()).toBe(true);
    const before = descriptorsOf(producer);

    const slow = callRaw(healthAddress, 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await waitUntil('the slow request has its connection', () => descriptorsOf(producer) > before);
    const half = openHalfHandshakes(address, 500);
    await waitUntil('most descriptors are taken', () => descriptorsOf(producer) > 180);
    await waitUntil('the producer has ended all of them', () => half.every(({ closed }) => closed), 15_000);
    await waitUntil(
      () => `the descriptors are back at ${before}, not ${descriptorsOf(producer)}`,
      () => descriptorsOf(producer) <= before,
      30_000,
    );
    expect(await isAlive()).toBe(true);

    expect(await slow).toMatch(/^HTTP\/1.1 408 .*"code":"REQUEST_TIMEOUT"/s);

    const idle = descriptorsOf(producer);
    const more = openHalfHandshakes(address, 50);
    // Idle connections to the servers may close meanwhile.
    await waitUntil('most are accepted', () => descriptorsOf(producer) >= idle + 40, 8_000);
    expect(await producer.stop()).toBe(0);
    for (const socket of more) socket.destroy();
  }, 120_000);
});
