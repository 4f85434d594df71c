/**
 * A run as JSON, one object a line, without the line break. Fields come in the order below, all of them in
 * every line; what there is nothing of is null.
 *
 *     progress   type, part, seconds, runs, judged, goalRuns, goalSeconds
 *     failure    type, part, run, at, replay, problems, story, disk
 *     report     type, verdict, seed, version, node, workers, parts
 *
 *     verdict    "clean", "failed", or "incomplete": nothing is wrong, but some part judged nothing
 *     parts      part, unit, runs, judged, seconds, covered, failure
 *     covered    an object: kind of operation, fault or damage to how often, most frequent first
 *     failure    an object with the fields of a failure line but its type and part, or null
 *     disk       path, name ("kept", "lost", "older", "back"), bytesBefore, bytesAfter, sectors (a list of
 *                "synced", "new", "old", "between", "zeros", "torn", "damaged", "cut"); null if there is none
 */
import type { FileFate } from '../disk/fates.ts';
import type { CrashRunReport, FoundPartFailure, PartFigures, PartReport } from './crash-report.ts';
import { crashVerdictOf } from './crash-verdict.ts';

export function crashProgressLine(figures: PartFigures): string {
  const { part, seconds, runs, judged, goalRuns = null, goalSeconds = null } = figures;
  return JSON.stringify({ type: 'progress', part, seconds, runs, judged, goalRuns, goalSeconds });
}

/** Undefined: there is none to tell of. */
export function crashFailureLine({ part, failure }: PartReport): string | undefined {
  if (failure === undefined) return undefined;
  return JSON.stringify({ type: 'failure', part, ...plainFailure(failure) });
}

export function crashReportLine(report: CrashRunReport): string {
  const { seed, version, node, workers, parts } = report;
  return JSON.stringify({
    type: 'report',
    verdict: crashVerdictOf(report).word,
    seed,
    version,
    node,
    workers,
    parts: parts.map(plainPart),
  });
}

function plainPart({ part, unit, runs, judged, seconds, covered, failure }: PartReport): object {
  return {
    part,
    unit,
    runs,
    judged,
    seconds,
    covered: Object.fromEntries(covered),
    failure: failure === undefined ? null : plainFailure(failure),
  };
}

function plainFailure({ run, at, replay, problems, story, disk }: FoundPartFailure): object {
  return { run, at, replay, problems, story, disk: disk?.map(plainFile) ?? null };
}

function plainFile({ path, name, bytesBefore, bytesAfter, sectors }: FileFate): object {
  return { path, name, bytesBefore, bytesAfter, sectors };
}
