/** A diagnosis in sentences: what is there, what the next open does, what is to be done. */
import { CHECKPOINT } from '../log/checkpoint-file.ts';
import type { Diagnosis } from '../types.ts';
import type { SalvageSource } from './salvage-source.ts';
import type { SalvageSurvey } from './salvage-survey.ts';
import { tailSentence } from './salvage-words.ts';

type Facts = Omit<Diagnosis, 'sentences'>;

export function diagnosisSentences(
  facts: Facts,
  directory: string,
  { unfinished }: SalvageSource,
  survey: SalvageSurvey,
): string[] {
  if (unfinished === 'restore') {
    return [
      `${directory}: a restore into it was interrupted, and no store is there yet: run it again, or remove the directory`,
    ];
  }
  if (unfinished === 'creation') {
    return [
      `${directory}: a store was being created, and nothing was ever acknowledged: the next open begins anew`,
    ];
  }
  const sentences = facts.damage.map(({ text }) => text);
  sentences.push(...closing(facts, survey));
  if (facts.unfinishedCompaction !== undefined) {
    sentences.push(
      `a compaction at revision ${facts.unfinishedCompaction} was scheduled and has not finished: the next open for writing goes on with it`,
    );
  }
  if (facts.leftovers.length > 0) {
    sentences.push(
      `${facts.leftovers.join(', ')}: left over, no part of the store: the next open for writing removes ${facts.leftovers.length === 1 ? 'it' : 'them'}`,
    );
  }
  if (facts.staleLock) {
    sentences.push('LOCK: left by a process that is gone: the next open takes it over');
  }
  sentences.push(`${CHECKPOINT}: ${CHECKPOINTS[facts.checkpoint]}`);
  sentences.push(verdict(facts, directory));
  return sentences;
}

function closing({ tornTail, closedCleanly, damage }: Facts, survey: SalvageSurvey): string[] {
  if (tornTail !== undefined) {
    return [tailSentence(tornTail, survey, 'the next open cuts it off')];
  }
  const { lastSequence: frame, lastRevision: revision } = survey;
  if (closedCleanly) return [`closed cleanly, after frame ${frame} (revision ${revision})`];
  if (damage.length > 0) return [];
  return [
    `the log ends with frame ${frame} (revision ${revision}), without the mark of a clean close: the next open goes on from there`,
  ];
}

const CHECKPOINTS: Readonly<Record<Diagnosis['checkpoint'], string>> = {
  used: 'sound, so the next open reads the log only from there on',
  absent: 'there is none, so the next open reads the whole log',
  outdated: 'older than a rewrite of the log, so the next open reads the whole log',
  damaged:
    'damaged, unfinished or of another version; nothing is lost, for the next open reads the whole log',
};

function verdict({ state, opens }: Facts, directory: string): string {
  if (state === 'sound') return 'sound: there is nothing to do';
  if (state === 'recoverable') return 'nothing is lost: the next open deals with all of this';
  const open = opens
    ? 'damaged: it opens, for the checkpoint covers the damage, and reading what is lost there fails'
    : 'damaged: it does not open';
  return `${open}; keep a copy of the directory, then restore a backup, or copy what is readable: varve repair ${directory} --salvage <new directory>`;
}
