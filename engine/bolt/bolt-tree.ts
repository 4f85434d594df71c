/**
 * The walk through one tree, in key order. Keys ascend strictly over the whole of it, and stay within what the
 * branches above promise; no page is on the way to itself; only a root may be empty.
 */
import type { BoltEntry } from './bolt-file.ts';
import { ELEMENT_BYTES, PAGE_HEADER_BYTES, readU64 } from './format.ts';

export interface TreeNode {
  readonly page: number;
  /** From the page's header on, what runs over included. */
  readonly bytes: Buffer;
  readonly count: number;
  readonly isLeaf: boolean;
}

export interface TreeSource {
  nodeAt(page: number): TreeNode;
  corrupt(page: number, what: string): Error;
}

export interface LeafElement {
  readonly entry: BoltEntry;
  readonly flags: number;
}

/** Of pages with two children each, there are no more. */
const DEPTH_MAX = 64;

interface Step {
  readonly node: TreeNode;
  next: number;
  /** All keys below are less than this; undefined: no bound. */
  readonly upper: Buffer | undefined;
}

export function* readLevels(
  source: TreeSource,
  root: TreeNode,
): Generator<LeafElement, void, void> {
  if (!root.isLeaf && root.count === 0) throw source.corrupt(root.page, 'it is an empty branch');
  const path: Step[] = [{ node: root, next: 0, upper: undefined }];
  let previous: Buffer | undefined;
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    const { node, upper } = step;
    if (node.isLeaf) {
      for (let i = 0; i < node.count; i++) {
        const element = leafElement(source, node, i);
        checkOrder(source, node.page, i, previous, element.entry.key, upper);
        previous = element.entry.key;
        yield element;
      }
      path.pop();
    } else if (step.next === node.count) {
      path.pop();
    } else {
      const below = descend(source, path, step);
      // A leaf's first key may be the one that the branch has for it.
      const { key } = below;
      const isBehind = previous !== undefined && Buffer.compare(previous, key) >= 0;
      if (isBehind) throw source.corrupt(node.page, `key ${step.next - 1} is out of order`);
      if (upper !== undefined && Buffer.compare(key, upper) >= 0) {
        throw source.corrupt(node.page, `key ${step.next - 1} belongs into a page further on`);
      }
      path.push(below.step);
    }
  }
}

function descend(
  source: TreeSource,
  path: readonly Step[],
  step: Step,
): { readonly key: Buffer; readonly step: Step } {
  const { node } = step;
  const { key, child } = branchElement(source, node, step.next);
  step.next++;
  const isLast = step.next === node.count;
  const upper = isLast ? step.upper : branchElement(source, node, step.next).key;
  if (path.some(({ node: { page } }) => page === child)) {
    throw source.corrupt(node.page, `it leads back to page ${child}`);
  }
  if (path.length === DEPTH_MAX) throw source.corrupt(node.page, 'the tree is too deep');
  const below = source.nodeAt(child);
  if (below.count === 0) throw source.corrupt(child, `it is empty`);
  const first = below.isLeaf
    ? leafElement(source, below, 0).entry.key
    : branchElement(source, below, 0).key;
  if (Buffer.compare(first, key) < 0) {
    throw source.corrupt(child, `its first key comes before the one that page ${node.page} has`);
  }
  return { key, step: { node: below, next: 0, upper } };
}

function checkOrder(
  source: TreeSource,
  page: number,
  index: number,
  previous: Buffer | undefined,
  key: Buffer,
  upper: Buffer | undefined,
): void {
  if (previous !== undefined && Buffer.compare(previous, key) >= 0) {
    throw source.corrupt(page, `key ${index} is out of order`);
  }
  if (upper !== undefined && Buffer.compare(key, upper) >= 0) {
    throw source.corrupt(page, `key ${index} belongs into a page further on`);
  }
}

function leafElement(source: TreeSource, node: TreeNode, index: number): LeafElement {
  const { page, bytes } = node;
  const at = elementAt(source, node, index);
  const keyBytes = bytes.readUInt32LE(at + 8);
  const valueBytes = bytes.readUInt32LE(at + 12);
  const start = dataAt(source, node, at, bytes.readUInt32LE(at + 4), keyBytes + valueBytes);
  if (keyBytes === 0) throw source.corrupt(page, `element ${index} has an empty key`);
  const key = bytes.subarray(start, start + keyBytes);
  const value = bytes.subarray(start + keyBytes, start + keyBytes + valueBytes);
  return { entry: { page, key, value }, flags: bytes.readUInt32LE(at) };
}

function branchElement(
  source: TreeSource,
  node: TreeNode,
  index: number,
): { readonly key: Buffer; readonly child: number } {
  const { bytes } = node;
  const at = elementAt(source, node, index);
  const keyBytes = bytes.readUInt32LE(at + 4);
  const start = dataAt(source, node, at, bytes.readUInt32LE(at), keyBytes);
  return { key: bytes.subarray(start, start + keyBytes), child: readU64(bytes, at + 8) };
}

function elementAt(source: TreeSource, { page, bytes, count }: TreeNode, index: number): number {
  const at = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
  if (at + ELEMENT_BYTES <= bytes.length) return at;
  throw source.corrupt(page, `it has no room for ${count} elements`);
}

/** Neither among the elements nor behind the end. */
function dataAt(
  source: TreeSource,
  { page, bytes, count }: TreeNode,
  element: number,
  pos: number,
  length: number,
): number {
  const at = element + pos;
  if (at >= PAGE_HEADER_BYTES + count * ELEMENT_BYTES && at + length <= bytes.length) return at;
  const index = (element - PAGE_HEADER_BYTES) / ELEMENT_BYTES;
  throw source.corrupt(
    page,
    `the data of element ${index} lie outside of it (${at}, ${length} bytes)`,
  );
}
