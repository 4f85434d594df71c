/**
 * The end of a run on a terminal: what was done, and what came of it. After a failure all there is to know
 * about it follows, and last of all, on a line of its own, the command that runs it again.
 */
import type { Evidence, Lane } from '../targets/divergence.ts';
import { sideBySide } from './columns.ts';
import { revisionsOf } from './difference.ts';
import type { Failure, RunReport } from './run-report.ts';
import { foundIn, numberedLines, remainder } from './story.ts';
import { compareRules, counted, durationText, grouped, perSecond, printable } from './text.ts';
import { TIMELINE_LEGEND, timelineOf } from './timeline.ts';
import { verdictOf } from './verdict.ts';

const COLUMNS = 100;
/** More of a picture than that is none: the end is what the failure is about. */
const TIMELINE_LINES_MAX = 60;
const STACK_LINES_MAX = 12;

export function summaryOf(report: RunReport, width: number = COLUMNS): string[] {
  const { failure } = report;
  const figures = figuresOf(report);
  return failure === undefined ? figures : [...figures, ...failureOf(failure, width)];
}

function figuresOf(report: RunReport): string[] {
  const { target, profile, seed, runs, workers, operations, seconds, rules, missing } = report;
  const total = Object.keys(rules).length;
  const never = [...missing].sort(compareRules).join(', ');
  const { word, text } = verdictOf(report);
  return [
    `target      ${target}`,
    `profile     ${profile}`,
    `seed        ${seed}`,
    `runs        ${grouped(runs)} on ${counted(workers, 'worker')}, in ${durationText(seconds)}`,
    `operations  ${grouped(operations)}, ${grouped(perSecond(operations, seconds))} a second`,
    `rules       ${total - missing.length} of ${total} exercised${never && `; never: ${never}`}`,
    `verdict     ${word}: ${text}`,
  ];
}

function failureOf(failure: Failure, width: number): string[] {
  const { evidence, replay } = failure;
  const found = evidence === undefined ? thrownOf(failure) : evidenceOf(evidence, failure, width);
  return ['', ...found, '', 'To run it again:', '', replay];
}

function thrownOf({ message, stack, ...failure }: Failure): string[] {
  const lines = printable(stack.trim() === '' ? message : stack)
    .trim()
    .split('\n');
  const isTold = lines.join('\n').includes(printable(message).trim());
  const told = isTold ? [] : printable(message).trim().split('\n');
  return [
    `${foundIn(failure)}:`,
    ...[...told, ...lines.slice(0, Math.max(1, STACK_LINES_MAX))].map((line) => `  ${line}`),
  ];
}

function evidenceOf(evidence: Evidence, failure: Failure, width: number): string[] {
  const { program, operation, should, does, lanes } = evidence;
  const answers =
    should.length + does.length === 0
      ? []
      : [
          '',
          `What differs${operation && `: ${operation.replace(/^# /, '')}`}`,
          ...sideBySide(should, does, width),
        ];
  const broken = lanes.filter((lane) => lane.broken.length > 0);
  // Whatever else is wrong, the message says it.
  const isTold = answers.length + broken.length > 0;
  return [
    `${foundIn(failure)}:`,
    ...numbered(program),
    ...(isTold ? [] : ['', ...remainder(failure.message, program)]),
    ...answers,
    ...pictureOf(evidence, width),
    ...broken.flatMap(laneOf),
  ];
}

function numbered(program: readonly string[]): string[] {
  const lines = numberedLines(program);
  const columns = Math.max(2, ...lines.map(({ label }) => label.length));
  return lines.map(({ label, text }) => `  ${label.padStart(columns)}  ${printable(text)}`);
}

function pictureOf(evidence: Evidence, width: number): string[] {
  const { changes, compactions } = evidence;
  const picture = timelineOf(changes, compactions, width - 2, revisionsOf(evidence));
  if (picture.length === 0) return [];
  const left = picture.length - TIMELINE_LINES_MAX;
  const shown = left > 0 ? [`(${grouped(left)} lines before)`, ...picture.slice(left)] : picture;
  const title = [
    '',
    'Timeline (^ is where to look)',
    ...shown.map((line) => `  ${line}`.trimEnd()),
  ];
  return [...title, `  ${TIMELINE_LEGEND}`];
}

function laneOf({ name, asked, broken }: Lane): string[] {
  return [
    '',
    `Broken by ${name}: ${printable(asked)}`,
    ...broken.map(({ guarantee, text }) => `  ${guarantee}: ${printable(text)}`),
  ];
}
