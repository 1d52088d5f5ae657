import { Counter, Registry } from 'prom-client';
import { SAFE_HEADERS } from '../../../shared/http/answer-client-error';
import { openHealthServer } from '../../../shared/service/health-server';
import { call, callRaw } from '../../support/http-call';

describe('health and metrics', () => {
  let server: Awaited<ReturnType<typeof openHealthServer>>;
  let address: string;
  let problems: Readonly<Record<string, string>> = {};
  const metrics = new Registry();
  new Counter({ name: 'things_total', help: 'Things', registers: [metrics] });
  beforeAll(async () => {
    server = await openHealthServer({ host: '127.0.0.1', port: 0, metrics, problems: () => problems });
    address = `http://127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  it('answer each address, also to HEAD and with a query', async () => {
    expect(await call(address, '/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await call(address, '/health/ready?verbose')).toMatchObject({ status: 200, body: { status: 'ready' } });
    problems = { kafka: 'away' };
    const answer = { status: 503, body: { status: 'not ready', problems }, headers: SAFE_HEADERS };
    expect(await call(address, '/health/ready')).toMatchObject(answer);
    expect(await call(address, '/health/ready', { method: 'HEAD' })).toMatchObject({ status: 503, body: undefined });
    expect(await callRaw(address, 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 OK\r\n.*content-type: text\/plain; version=0.0.4.*things_total 0/s,
    );
  });

  it('refuse everything else in the form of all errors', async () => {
    const answers = await Promise.all([
      call(address, '/'),
      call(address, '/health/live/', { method: 'POST', body: '{' }),
      call(address, '/constructor'),
      call(address, '/metrics', { method: 'POST', body: '{' }),
    ]);
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual([
      ...Array(3).fill([404, 'ROUTE_UNKNOWN']),
      [405, 'METHOD_NOT_ALLOWED'],
    ]);
    expect(answers.at(-1)?.headers.allow).toBe('GET, HEAD');
    for (const { headers } of answers) expect(headers).toMatchObject(SAFE_HEADERS);
    expect(await callRaw(address, 'HELLO\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*nosniff.*"code":"REQUEST_INVALID"/s);
    const long = `GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await callRaw(address, long)).toMatch(/^HTTP\/1.1 431 .*"code":"HEADERS_TOO_LARGE"/s);
  });

  it('say when the port is taken', async () => {
    const again = openHealthServer({ host: '127.0.0.1', port: server.port, metrics, problems: () => ({}) });
    await expect(again).rejects.toThrow('EADDRINUSE');
  });
});
