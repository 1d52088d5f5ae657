import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';

type Certificate = { readonly key: string; readonly cert: string };

/**
 * TLS in front of a server that speaks none: Oracle's TCPS is its protocol in TLS and nothing more.
 * @param ca whose certificates clients must show; without it they need none
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
    /** breaks every connection */
    cut,
    /** another certificate, for connections from now on */
    install: (next: Certificate) => server.setSecureContext(next),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
