import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * How the proxy treats its connections. `swallow`: requests reach the server, answers are dropped.
 * `cut`: connections are refused and broken. `stall`: the proxy stops reading, until the buffers
 * are full; after it everything arrives late.
 */
export type ProxyMode = 'pass' | 'swallow' | 'cut' | 'stall';

/**
 * Opens a TCP proxy in front of a real server, to lose answers on purpose.
 * @param breaks closes the connection on which such bytes come from the client
 */
export const openTcpProxy = async (
  target: { readonly host: string; readonly port: number },
  breaks: (bytes: Buffer) => boolean = () => false,
) => {
  let mode: ProxyMode = 'pass';
  let swallowed = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (mode === 'cut') return void client.destroy();
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    }
    if (mode === 'stall') for (const socket of [client, upstream]) socket.pause();
    client.on('data', (bytes: Buffer) => {
      if (breaks(bytes)) client.destroy();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes);
      else swallowed += bytes.length;
    });
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    /** Returns the number of bytes of dropped answers. */
    swallowed: () => swallowed,
    set: (next: ProxyMode) => {
      mode = next;
      for (const socket of sockets) mode === 'stall' ? socket.pause() : socket.resume();
      if (mode === 'cut') for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
