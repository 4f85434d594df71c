/**
 * sorted-btree as this project uses it: keyed by KeyString, compared by byte order. The package is
 * CommonJS, so its class sits one level down; and it keeps, in each inner node, how many entries lie
 * below, which makes `rank` possible in O(log n).
 */
import lib from 'sorted-btree';
import bulk from 'sorted-btree/extended/bulkLoad.js';
import type { KeyString } from './bytes.ts';

export type OrderedMap<V> = lib.default<KeyString, V>;

const compare = (a: KeyString, b: KeyString): number => (a < b ? -1 : a > b ? 1 : 0);

/** sorted-btree's own default. */
const NODE_SIZE = 32;

export function newOrderedMap<V>(): OrderedMap<V> {
  return new lib.default<KeyString, V>(undefined, compare, NODE_SIZE);
}

/** From keys in strictly ascending order: O(n), and the nodes end up full. */
export function bulkLoad<V>(keys: KeyString[], values: V[]): OrderedMap<V> {
  if (keys.length === 0) return newOrderedMap();
  return bulk.bulkLoad(keys, values, NODE_SIZE, compare, 1);
}

/** The nodes as sorted-btree 2.1 lays them out: `keys[i]` is the greatest key below `children[i]`. */
interface Node {
  readonly keys: readonly KeyString[];
  readonly children?: readonly Node[];
  size(): number;
}

/** How many keys are below `key`: O(log n). */
export function rank<V>(map: OrderedMap<V>, key: KeyString): number {
  let node = (map as unknown as { readonly _root: Node })._root;
  let below = 0;
  while (node.children !== undefined) {
    const { children } = node;
    const index = Math.min(lowerBound(node.keys, key), children.length - 1);
    for (let i = 0; i < index; i++) below += children[i]!.size();
    node = children[index]!;
  }
  return below + lowerBound(node.keys, key);
}

/** Index of the first key that is not below `key`. */
function lowerBound(keys: readonly KeyString[], key: KeyString): number {
  let lower = 0;
  let upper = keys.length;
  while (lower < upper) {
    const middle = (lower + upper) >>> 1;
    if (keys[middle]! < key) lower = middle + 1;
    else upper = middle;
  }
  return lower;
}
