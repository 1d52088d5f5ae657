import { spawnOracleServer } from '../../../oracle-stand-in/spawn-oracle-server';
import { startOwnServer } from '../own-server';
import { NEEDED } from './prepare-server';

const DBA = 'REHEARSAL';

/**
 * Plays an external server for `npm run test:oracle -- --stand-in`, to rehearse a run where there
 * is no Oracle. Prints the address of its DBA, and ends when its standard input closes.
 */
const main = async (): Promise<void> => {
  const postgres = await startOwnServer('postgres', []);
  const server = await spawnOracleServer({
    postgresUrl: postgres.line,
    users: { [DBA]: { password: 'rehearsal', privileges: ['DBA', ...Object.keys(NEEDED)] } },
  });
  process.stdin.resume().on('end', async () => {
    await server.close();
    await postgres.stop();
    process.exit(0);
  });
  process.stdout.write(`oracle://${DBA}:rehearsal@${server.connectString}\n`);
};

main().catch((error) => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
