/** Holes and torn tails as they are told of: as data, and as sentences. */
import type { FoundLog, ListedSegment } from '../log/salvage-find.ts';
import type { DamagedPart, TornTail } from '../types.ts';
import type { PlacedHole, SalvageSurvey } from './salvage-survey.ts';

/** What lies in each hole: frames that were durable. */
export function lostParts({ holes }: SalvageSurvey): DamagedPart[] {
  return holes.map((hole) => {
    const { file, offset, bytes, from, to, reason } = hole;
    const revisions = revisionsIn(hole);
    const what = hole.isLeftOut
      ? `frame ${from} is lost (${reason}), and nothing from there on was copied`
      : `${span('frame', from, to)} lost (${reason})`;
    return {
      file,
      offset,
      bytes,
      frames: { from, to },
      revisions,
      text: `${file} at offset ${offset}: ${what}: ${revisionsText(revisions)}`,
    };
  });
}

/** Its end is missing, whether or not a frame was there. */
export function isShort({ entry, found }: Pick<ListedSegment, 'entry' | 'found'>): boolean {
  const lengthBytes = entry?.sealed?.lengthBytes ?? 0;
  return found !== undefined && found.sizeBytes < lengthBytes;
}

/** What is damaged without a loss: the manifest, headers, names, marks. */
export function damagedNotes(
  directory: string,
  log: FoundLog,
  { marks }: SalvageSurvey,
): DamagedPart[] {
  const parts: DamagedPart[] = [];
  const note = (file: string, what: string): void => {
    const text = `${file} at offset 0: ${what}`;
    const place = { file, offset: 0, bytes: undefined };
    parts.push({ ...place, frames: undefined, revisions: undefined, text });
  };
  if (log.manifestProblem !== undefined) {
    const what = `${log.manifestProblem}: the order of the segments is taken from their frames, and one that is missing at the end would not be noticed`;
    note(`${directory}/MANIFEST`, what);
  }
  for (const { path, entry, found } of log.segments) {
    if (found === undefined) continue;
    if (found.path !== path) note(path, `its content is in ${found.path}`);
    else if (!found.isHeaderIntact) note(path, 'the segment header is damaged');
    if (isShort({ entry, found })) {
      note(
        path,
        `the file has ${found.sizeBytes} bytes, and should have ${entry!.sealed!.lengthBytes}`,
      );
    }
  }
  for (const { file, offset, bytes, from } of marks) {
    const text = `${file} at offset ${offset}: frame ${from} is damaged; it was a mark, and held nothing`;
    const frames = { from, to: from };
    parts.push({ file, offset, bytes, frames, revisions: undefined, text });
  }
  return parts;
}

export function tornTailOf({ tail, cutFrames }: SalvageSurvey): TornTail | undefined {
  if (tail === undefined || (tail.bytes === 0 && cutFrames === 0)) return undefined;
  const { file, offset, bytes } = tail;
  return { file, offset, bytes, frames: cutFrames };
}

export function tailSentence(
  { file, offset, bytes, frames }: TornTail,
  { lastSequence, lastRevision }: SalvageSurvey,
  verdict: string,
): string {
  const among =
    frames === 0
      ? ''
      : `, ${frames === 1 ? 'a whole frame' : `${frames} whole frames`} among them,`;
  return `${file} at offset ${offset}: the log ends here, after frame ${lastSequence} (revision ${lastRevision}); ${bytes} bytes behind it${among} belong to a write that was never acknowledged: ${verdict}`;
}

function revisionsIn({ after, before }: PlacedHole): DamagedPart['revisions'] {
  if (before === undefined) return { from: after + 1, to: undefined };
  return before - after > 1 ? { from: after + 1, to: before - 1 } : undefined;
}

function revisionsText(revisions: DamagedPart['revisions']): string {
  if (revisions === undefined) {
    return 'no revision is missing; it held leases, or what the log notes for itself';
  }
  const { from, to } = revisions;
  if (to === undefined) return `revisions from ${from} on`;
  return from === to ? `revision ${from}` : `revisions ${from} to ${to}, or some of them`;
}

function span(what: string, from: number, to: number | undefined): string {
  if (to === undefined) return `${what}s from ${from} on are`;
  return from === to ? `${what} ${from} is` : `${what}s ${from} to ${to} are`;
}
