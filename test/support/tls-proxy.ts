import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

type Certificate = { readonly key: string; readonly cert: string };

/**
 * Opens a TLS server in front of a plain one: Oracle's TCPS is its protocol inside TLS.
 * @param ca authority of the client certificates; without it clients need none
 */
export const openTlsProxy = async (
  target: { readonly host: string; readonly port: number },
  certificate: Certificate,
  ca?: string,
) => {
  const sockets = new Set<Socket>();
  const server = createServer({ ...certificate, ...(ca === undefined ? {} : { ca, requestCert: true }) }, (client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
    }
    client.pipe(upstream).pipe(client);
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
  }).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    /** Breaks every connection. */
    cut,
    /** Installs another certificate for new connections. */
    install: (next: Certificate) => server.setSecureContext(next),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
