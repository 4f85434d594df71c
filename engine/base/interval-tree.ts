/**
 * Half-open ranges [low, high) of keys, and which of them hold a key: a treap ordered by (low, high) whose
 * nodes know the greatest `high` below them. A stab visits only subtrees that reach beyond the key, so it
 * costs O(log n) and the ranges found.
 *
 *     [b, f)  max z          stab('d'): [b, f) holds it; left, [a, c) with max c, is not entered;
 *     ├─ [a, c)  max c                  right, [e, z) begins after it
 *     └─ [e, z)  max z
 */
import type { KeyString } from './bytes.ts';

class Node<V> {
  readonly low: KeyString;
  readonly high: KeyString;
  value: V;
  readonly priority: number;
  left: Node<V> | null = null;
  right: Node<V> | null = null;
  /** The greatest `high` of this subtree. */
  max: KeyString;

  constructor(low: KeyString, high: KeyString, value: V, priority: number) {
    this.low = low;
    this.high = high;
    this.value = value;
    this.priority = priority;
    this.max = high;
  }

  update(): this {
    let { high: max } = this;
    if (this.left !== null && this.left.max > max) ({ max } = this.left);
    if (this.right !== null && this.right.max > max) ({ max } = this.right);
    this.max = max;
    return this;
  }
}

type Tree<V> = Node<V> | null;

/** One value for each range. */
export class IntervalTree<V> {
  readonly #random: () => number;
  #root: Tree<V> = null;
  #size = 0;

  /** `random` gives numbers from 0 to 1: they keep the tree in balance. */
  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#size;
  }

  get(low: KeyString, high: KeyString): V | undefined {
    let node = this.#root;
    while (node !== null) {
      const order = compare(low, high, node);
      if (order === 0) return node.value;
      node = order < 0 ? node.left : node.right;
    }
    return undefined;
  }

  /** The range is not empty and not there yet. */
  insert(low: KeyString, high: KeyString, value: V): void {
    const [left, right] = split(this.#root, low, high);
    const node = new Node(low, high, value, this.#random());
    this.#root = merge(merge(left, node), right);
    this.#size++;
  }

  delete(low: KeyString, high: KeyString): boolean {
    const before = this.#size;
    this.#root = this.#without(this.#root, low, high);
    return this.#size < before;
  }

  /** Adds the values of all ranges that hold the key to `found`, in order of their ranges. */
  stab(key: KeyString, found: V[]): void {
    if (this.#root !== null) stab(this.#root, key, found);
  }

  /** In order of their ranges. */
  values(): V[] {
    const values: V[] = [];
    const visit = (node: Tree<V>): void => {
      if (node === null) return;
      visit(node.left);
      values.push(node.value);
      visit(node.right);
    };
    visit(this.#root);
    return values;
  }

  #without(node: Tree<V>, low: KeyString, high: KeyString): Tree<V> {
    if (node === null) return null;
    const order = compare(low, high, node);
    if (order === 0) {
      this.#size--;
      return merge(node.left, node.right);
    }
    if (order < 0) node.left = this.#without(node.left, low, high);
    else node.right = this.#without(node.right, low, high);
    return node.update();
  }
}

function stab<V>(node: Node<V>, key: KeyString, found: V[]): void {
  if (node.left !== null && node.left.max > key) stab(node.left, key, found);
  if (node.low > key) return;
  if (node.high > key) found.push(node.value);
  if (node.right !== null && node.right.max > key) stab(node.right, key, found);
}

/** Below 0: the range comes before the node's. */
function compare<V>(low: KeyString, high: KeyString, node: Node<V>): number {
  if (low !== node.low) return low < node.low ? -1 : 1;
  if (high === node.high) return 0;
  return high < node.high ? -1 : 1;
}

/** What comes before the range, and what after it. */
function split<V>(node: Tree<V>, low: KeyString, high: KeyString): [Tree<V>, Tree<V>] {
  if (node === null) return [null, null];
  if (compare(low, high, node) < 0) {
    const [before, after] = split(node.left, low, high);
    node.left = after;
    return [before, node.update()];
  }
  const [before, after] = split(node.right, low, high);
  node.right = before;
  return [node.update(), after];
}

/** Everything in `left` comes before everything in `right`. */
function merge<V>(left: Tree<V>, right: Tree<V>): Tree<V> {
  if (left === null) return right;
  if (right === null) return left;
  if (left.priority > right.priority) {
    left.right = merge(left.right, right);
    return left.update();
  }
  right.left = merge(left, right.left);
  return right.update();
}
