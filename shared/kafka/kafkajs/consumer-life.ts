import { createNotifier } from '../../timing/notifier';
import {
  type ConsumerEffect,
  type ConsumerEvent,
  type ConsumerState,
  createJoiningState,
  transition,
} from './consumer-state';

export type ConsumerLife = {
  readonly state: () => ConsumerState;
  readonly dispatch: (event: ConsumerEvent) => void;
  /** Resolves at the next event that may change what happens to a batch in hand. */
  readonly changed: () => Promise<void>;
};

/** Holds the state of a consumer, and performs the effects of each event in order. */
export const createConsumerLife = (perform: (effect: ConsumerEffect) => void): ConsumerLife => {
  let state = createJoiningState(Date.now());
  const changes = createNotifier();
  return {
    state: () => state,
    dispatch: (event) => {
      const next = transition(state, event, Date.now());
      const changed = next.state !== state && event.type !== 'alive';
      // before the effects, which may bring the next event
      state = next.state;
      if (changed) changes.notify();
      for (const effect of next.effects) perform(effect);
    },
    changed: changes.wait,
  };
};
