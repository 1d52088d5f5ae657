import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

// kafkajs has no call for users, but its encoders can write the request
const Encoder = require('kafkajs/src/protocol/encoder');
const Decoder = require('kafkajs/src/protocol/decoder');

const ALTER_USER_SCRAM_CREDENTIALS = 51;
const SCRAM_SHA_512 = 2;
const ITERATIONS = 4096;

const readResponse = async (socket: ReturnType<typeof connect>): Promise<Buffer> => {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) return received.subarray(4);
  }
  throw new Error('Kafka closed the connection');
};

// biome-ignore lint/suspicious/noExplicitAny: kafkajs' encoders have no types
const alterUsers = async (broker: string, deletions: readonly any[], insertions: readonly any[]): Promise<void> => {
  const body = new Encoder().writeUVarIntArray(deletions).writeUVarIntArray(insertions).writeUVarIntBytes();
  const request = new Encoder()
    .writeInt16(ALTER_USER_SCRAM_CREDENTIALS)
    .writeInt16(0)
    .writeInt32(1)
    .writeString('test')
    .writeUVarIntBytes()
    .writeEncoder(body);
  const [host, port] = broker.split(':') as [string, string];
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.write(new Encoder().writeInt32(request.size()).writeEncoder(request).buffer);
  const decoder = new Decoder(await readResponse(socket));
  socket.destroy();
  decoder.readInt32(); // correlation id
  decoder.readTaggedFields();
  decoder.readInt32(); // throttle time
  const failures = decoder.readUVarIntArray((result: typeof decoder) => {
    const user = result.readUVarIntString();
    const code = result.readInt16();
    const message = result.readUVarIntString();
    result.readTaggedFields();
    return { user, code, message };
  });
  const failure = failures.find(({ code }: { code: number }) => code !== 0);
  if (failure !== undefined) throw new Error(`user ${failure.user}: ${failure.message} (${failure.code})`);
};

/**
 * Sets the SCRAM-SHA-512 password of a user.
 * @param broker a listener without authentication
 */
export const setScramPassword = (broker: string, username: string, password: string): Promise<void> => {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
  const insertion = new Encoder()
    .writeUVarIntString(username)
    .writeInt8(SCRAM_SHA_512)
    .writeInt32(ITERATIONS)
    .writeUVarIntBytes(salt)
    .writeUVarIntBytes(salted)
    .writeUVarIntBytes();
  return alterUsers(broker, [], [insertion]);
};
