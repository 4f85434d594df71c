/** The index from the backend's records alone, for a backend that changed under an open store (R89a). */
import type { Revisions } from '../backend/backend.ts';
import type { KeyString } from '../base/bytes.ts';
import { IndexRestore } from './index-restore.ts';
import type { TreeIndex } from './tree-index.ts';

/** Fills `index`, which is empty. */
export function rebuildIndex(revisions: Revisions, index: TreeIndex): TreeIndex {
  const restore = new IndexRestore(index);
  let ordinal = revisions.nextLeft(0);
  for (; ordinal < revisions.count; ordinal = revisions.nextLeft(ordinal + 1)) {
    if (!revisions.isDead(ordinal)) restore.add(chunkOf(revisions, ordinal));
  }
  restore.finish();
  return index;
}

function chunkOf(revisions: Revisions, ordinal: number): Parameters<IndexRestore['add']>[0] {
  const stored = revisions.read(ordinal);
  const keys: KeyString[] = [stored.key()];
  return {
    firstOrdinal: ordinal,
    count: 1,
    keys,
    mains: [stored.main],
    tombstones: [revisions.isTombstone(ordinal)],
    creates: [stored.create],
    versions: [stored.version],
  };
}
