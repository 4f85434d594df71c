/**
 * Which of all the things that a power cut may do are tried: every one, if they are not too many. Otherwise
 * those in which most bugs show (nothing kept, everything kept, one thing missing, one thing kept, names
 * early or late), and of the rest a seeded share.
 */
import type { Choice, Doubt } from './simulated-disk.ts';

export interface ChoiceBudget {
  readonly atMost: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** No choice comes twice. */
export function choicesOf(doubts: readonly Doubt[], { atMost, random }: ChoiceBudget): Choice[] {
  if (statesOf(doubts) <= atMost) return every(doubts);
  const chosen = new Map<string, Choice>();
  const add = (choice: Choice): void => void chosen.set(choice.join('.'), choice);
  for (const choice of shuffled(telling(doubts), random).slice(0, Math.ceil(atMost / 2))) {
    add(choice);
  }
  // Few of the draws are known already: there are more states than are asked for.
  for (let tries = 2 * atMost; tries > 0 && chosen.size < atMost; tries--) {
    add(doubts.map(({ options }) => Math.floor(random() * options)));
  }
  return [...chosen.values()];
}

/** How many ways there are; Infinity if nobody will ever try them all. */
export function statesOf(doubts: readonly Doubt[]): number {
  return doubts.reduce((product, { options }) => product * options, 1);
}

function every(doubts: readonly Doubt[]): Choice[] {
  let choices: number[][] = [[]];
  for (const { options } of doubts) {
    choices = choices.flatMap((choice) =>
      Array.from({ length: options }, (_, option) => [...choice, option]),
    );
  }
  return choices;
}

function telling(doubts: readonly Doubt[]): Choice[] {
  const old = doubts.map(() => 0);
  const last = doubts.map(({ options }) => options - 1);
  const isName = doubts.map(({ about }) => about === 'name');
  return [
    old,
    last,
    last.map((option, at) => (isName[at] ? option : 0)),
    last.map((option, at) => (isName[at] ? 0 : option)),
    // In the order in which it was done, as a journal would keep it.
    ...doubts.map((_, end) => last.map((option, at) => (at <= end ? option : 0))),
    ...doubts.flatMap(({ options }, at) => [
      last.with(at, 0),
      old.with(at, options - 1),
      ...Array.from({ length: options - 2 }, (_, i) => last.with(at, i + 1)),
    ]),
  ];
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}
