/**
 * Whether a loss may be excused. A store may open without its last steps only if no byte is left that says
 * there were more: then nobody can tell the damage from a write that a crash cut short. What happened on
 * the disk decides, not what the log's frames say.
 */
import { type Image, nameOf, pathOf } from './image.ts';
import type { LogWrite } from './recorded-disk.ts';
import type { Victim } from './victim.ts';

/** Undefined if it may be that `step` and all after it are gone; else what speaks against it. */
export function whyInexcusable(victim: Victim, damaged: Image, step: number): string | undefined {
  const { image, writes, active, checkpointStep, spans } = victim;
  const isIntact = (path: string, from = 0, to = Number.MAX_SAFE_INTEGER): boolean => {
    const was = image.get(path);
    const is = damaged.get(path);
    if (was === is) return was !== undefined;
    if (was === undefined || is === undefined) return false;
    return Buffer.compare(was.subarray(from, to), is.subarray(from, to)) === 0;
  };
  const isIntactWrite = ({ path, from, to }: LogWrite): boolean => isIntact(path, from, to);
  const { from, to } = spans[step]!;
  const own = writes.slice(from, to).filter((write) => write !== undefined);
  if (own.length === 0) return 'nothing was ever written of it, and yet it showed';
  if (checkpointStep >= step && isIntact(pathOf('CHECKPOINT'))) return 'the checkpoint holds it';
  const syncedAt = Math.max(...own.map((write) => write.syncedAt));
  const claimant = writes.slice(syncedAt).find((write) => write && isIntactWrite(write));
  if (claimant !== undefined) {
    return `what was written later to ${nameOf(claimant.path)} at ${claimant.from} is intact`;
  }
  // Without the manifest nobody knows which segments there are, nor that one is sealed.
  if (!isIntact(pathOf('MANIFEST'))) return undefined;
  if (own.every(({ path }) => path !== active)) {
    return `it was in ${nameOf(own[0]!.path)}, which the manifest seals`;
  }
  const synced = writes.filter((write) => write?.path === active && write.syncedAt === syncedAt);
  return synced.every((write) => isIntactWrite(write!)) ? 'its own bytes are intact' : undefined;
}
