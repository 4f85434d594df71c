/**
 * A program for anything with the Store interface: what is asked, by whom, and what happens in between.
 * Operations are drafts, which become what they are when their turn comes (`draft.ts`).
 */
import type { Scheduler } from 'fast-check';
import type { Draft } from './draft.ts';
import type { WatchCommand } from './watching.ts';

export type StoreCommand =
  /**
   * Asked all at once, in this order. What is not awaited is under way while the next commands run; its
   * answers are looked at all the same.
   */
  | { readonly do: 'ask'; readonly drafts: readonly Draft[]; readonly awaited: boolean }
  /**
   * One after the other, with some turns of the event loop after what is awaited: for what takes several steps to
   * go wrong.
   */
  | { readonly do: 'series'; readonly commands: readonly StoreCommand[] }
  /** Each client asks one thing after the other; whose turn it is the scheduler says. */
  | { readonly do: 'clients'; readonly clients: readonly (readonly Draft[])[] }
  | WatchCommand
  /** Closed, or killed, and opened again; every lease is renewed, since how long it has left is open. */
  | { readonly do: 'restart' }
  /** The store checks everything it can check of itself. */
  | { readonly do: 'verify' };

export interface StoreProgram {
  readonly commands: readonly StoreCommand[];
  /** For commands with clients; none without. */
  readonly scheduler: Scheduler | undefined;
}

export const ask = (draft: Draft): StoreCommand => ({ do: 'ask', drafts: [draft], awaited: true });
