import { messageOf } from '../../../shared/errors';
import { leaveServer, prepareServer } from './prepare-server';
import { remoteUrl } from './remote-oracle';

/**
 * Runs `begin` or `end` of `npm run test:oracle`, each as a process: exit code 1 when the tests
 * cannot run, or when objects remain.
 */
const main = async (step: string | undefined): Promise<boolean> => {
  const url = remoteUrl();
  if (url === undefined) throw new Error('ORACLE_TEST_URL is not set');
  if (step === 'begin') {
    const { ready, lines } = await prepareServer(url);
    for (const line of lines) process.stdout.write(`${line}\n`);
    return ready;
  }
  const left = await leaveServer(url);
  process.stdout.write(
    left.length === 0 ? 'nothing remains on the server\n' : `dropped at the end: ${left.join(', ')}\n`,
  );
  return true;
};

main(process.argv[2]).then(
  (good) => process.exit(good ? 0 : 1),
  (error) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  },
);
