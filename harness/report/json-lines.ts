/**
 * A run as JSON, one object a line, without the line break. Fields come in the order below, all of them in
 * every line; what there is nothing of is null.
 *
 *     progress   type, seconds, runs, operations, rulesExercised, rulesTotal, goalRuns, goalSeconds
 *     failure    type, run, path, shrinks, commands, commandsBefore, replay, message, evidence, stack
 *     report     type, verdict, target, profile, seed, version, node, workers, runs, operations, seconds,
 *                rules, missing, failure
 *
 *     verdict    "clean", "failed", or "incomplete": no difference, but something was never checked
 *     rules      an object: R-number to how often, in the order of the numbers
 *     missing    a list of R-numbers
 *     failure    an object with the fields of a failure line but its type, or null
 *     evidence   program, operation, should, does, changes, compactions, lanes; null if there is none
 *     changes    type "put": type, revision, key, value, lease; type "delete": type, revision, key
 *     lanes      name, asked, from, batches (revision, progress, events (revision, type, key, text)),
 *                broken (guarantee, text)
 *
 * Keys and values are strings with one char for each byte, U+0000 to U+00FF. A lease is a string of decimal
 * digits: it has 64 bits, and a JSON number does not. All other numbers are numbers.
 */
import type { Change } from '../../spec/history.ts';
import type { Evidence, Lane } from '../targets/divergence.ts';
import type { Figures } from './progress.ts';
import type { Failure, RunReport } from './run-report.ts';
import { compareRules } from './text.ts';
import { verdictOf } from './verdict.ts';

export function progressLine(figures: Figures): string {
  const { seconds, runs, operations, rulesExercised, rulesTotal, goalRuns, goalSeconds } = figures;
  return JSON.stringify({
    type: 'progress',
    seconds,
    runs,
    operations,
    rulesExercised,
    rulesTotal,
    goalRuns: goalRuns ?? null,
    goalSeconds: goalSeconds ?? null,
  });
}

export function failureLine(failure: Failure): string {
  return JSON.stringify({ type: 'failure', ...plainFailure(failure) });
}

export function reportLine(report: RunReport): string {
  const { target, profile, seed, version, node, workers, runs, operations, seconds } = report;
  const rules = Object.entries(report.rules).sort(([a], [b]) => compareRules(a, b));
  return JSON.stringify({
    type: 'report',
    verdict: verdictOf(report).word,
    target,
    profile,
    seed,
    version,
    node,
    workers,
    runs,
    operations,
    seconds,
    rules: Object.fromEntries(rules),
    missing: report.missing,
    failure: report.failure === undefined ? null : plainFailure(report.failure),
  });
}

function plainFailure(failure: Failure): object {
  const { run, path, shrinks, commands, commandsBefore, replay, message, stack } = failure;
  const evidence = failure.evidence === undefined ? null : plainEvidence(failure.evidence);
  return { run, path, shrinks, commands, commandsBefore, replay, message, evidence, stack };
}

function plainEvidence(evidence: Evidence): object {
  const { program, operation, should, does, compactions } = evidence;
  const changes = evidence.changes.map(plainChange);
  const lanes = evidence.lanes.map(plainLane);
  return { program, operation, should, does, changes, compactions, lanes };
}

function plainChange(change: Change): object {
  const { type, revision, key } = change;
  if (change.type === 'delete') return { type, revision, key };
  return { type, revision, key, value: change.value, lease: String(change.lease) };
}

function plainLane({ name, asked, from, batches, broken }: Lane): object {
  return {
    name,
    asked,
    from,
    batches: batches.map(({ revision, progress, events }) => ({
      revision,
      progress,
      events: events.map(({ revision, type, key, text }) => ({ revision, type, key, text })),
    })),
    broken: broken.map(({ guarantee, text }) => ({ guarantee, text })),
  };
}
