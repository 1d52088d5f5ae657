import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { SAFE_HEADERS } from './answer-client-error';

/**
 * Limits the connections that one address holds, and gives every answer the headers that no answer
 * of the bridge goes without.
 * @param limits.perAddress 0: any number
 * @returns a function that cuts all connections; `closeAllConnections` of Node leaves out those
 *   that are in a TLS handshake
 */
export const guardConnections = (
  server: Server,
  limits: { readonly perAddress: number; readonly onRefused: (address: string) => void },
): (() => void) => {
  const { perAddress, onRefused } = limits;
  const open = new Set<Socket>();
  const counts = new Map<string, number>();
  const count = (address: string, change: 1 | -1): number => {
    const now = (counts.get(address) ?? 0) + change;
    if (now > 0) counts.set(address, now);
    else counts.delete(address);
    return now;
  };
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const { remoteAddress: address } = socket;
    // it has gone before it was accepted
    if (address === undefined) return;
    socket.once('close', () => count(address, -1));
    if (count(address, 1) <= perAddress || perAddress === 0) return;
    onRefused(address);
    socket.destroy();
  });
  server.prependListener('request', (_request, response) => {
    for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
};
