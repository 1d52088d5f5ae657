import { createNotifier } from '../../../shared/timing/notifier';

it('a notification ends the waits that began before it, and none that begin after', async () => {
  const { wait, notify } = createNotifier();
  const ended: string[] = [];
  const first = wait().then(() => ended.push('first'));
  notify();
  void wait().then(() => ended.push('second'));
  await first;
  await new Promise(setImmediate);
  expect(ended).toEqual(['first']);
});
