import { v7 as uuidv7 } from 'uuid';
import type { Published } from './publish-messages';

/**
 * Gives ids to messages without one, and knows whether a message with another id, which an earlier
 * run may have published, is among those that are published.
 */
export const createMessageIds = (prefix: string | undefined) => {
  const fresh = new Set<string>();
  let reusable = prefix !== undefined;
  return {
    next: (line: number): string => {
      if (prefix !== undefined) return `${prefix}-${line}`;
      const id = uuidv7();
      if (!reusable) fresh.add(id);
      return id;
    },
    publishing: (batch: readonly Published[]): void => {
      reusable ||= batch.some(({ message }) => !fresh.delete(message.messageId));
    },
    reusable: (): boolean => reusable,
  };
};

export type MessageIds = ReturnType<typeof createMessageIds>;
