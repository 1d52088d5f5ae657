import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rightsOfDocument, rightsOfScript } from '../support/kafka-rights';
import { root } from './compose-file';

const PAGES = ['docs/operate/kafka-access.md', 'docs/zh-CN/operate/kafka-access.md'];
const KINDS: Readonly<Record<string, string>> = { 主题: 'topic', 消费组: 'group' };

const tableOf = (page: string) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \| (\S+) `(\S+)` \|$/gm)].map(
    ([, user, operation, kind = '', name]) => `${user} ${operation} ${KINDS[kind] ?? kind} ${name}`,
  );

describe('deploy/kafka-acls.sh', () => {
  it.each(PAGES)('gives what %s says', (page) => {
    const rights = rightsOfScript().map(({ user, operation, kind, name }) => `${user} ${operation} ${kind} ${name}`);
    expect(rights.length).toBeGreaterThan(10);
    expect(tableOf(page)).toEqual(rights);
  });

  it('puts TOPIC_PREFIX before topics and groups', () => {
    const names = rightsOfScript().map(({ name }) => `site-1.${name}`);
    expect(rightsOfScript('site-1.').map(({ name }) => name)).toEqual(names);
  });

  it('is the only place for the services: the page has other users', () => {
    const users = new Set(rightsOfScript().map(({ user }) => user));
    const others = rightsOfDocument();
    expect(others.filter(({ user }) => users.has(user))).toEqual([]);
    expect(rightsOfDocument(PAGES[1])).toEqual(others);
  });
});
