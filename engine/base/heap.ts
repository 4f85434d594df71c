/**
 * A binary min-heap made for lazy deletion: what is in it is not looked for, only met at the top, where its
 * priority is corrected (`replaceTop`) or it is dropped. Priorities lie beside the items in an array of
 * doubles, so an entry allocates nothing.
 */
import { assert } from './assert.ts';

export class Heap<T> {
  #priorities: number[] = [];
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Infinity if the heap is empty. */
  get topPriority(): number {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : this.#priorities[0]!;
  }

  /** The item with the smallest priority; the heap is not empty. */
  get top(): T {
    assert(this.#items.length > 0, () => 'an empty heap has no top');
    return this.#items[0]!;
  }

  push(priority: number, item: T): void {
    assert(!Number.isNaN(priority), () => 'a priority is a number');
    this.#priorities.push(priority);
    this.#items.push(item);
    this.#rise(this.#items.length - 1, priority, item);
  }

  pop(): T {
    const top = this.top;
    const priority = this.#priorities.pop()!;
    const item = this.#items.pop()!;
    if (this.#items.length > 0) this.#sink(0, priority, item);
    return top;
  }

  /** The item at the top gets another priority: cheaper than taking it out and putting it in again. */
  replaceTop(priority: number): void {
    assert(!Number.isNaN(priority), () => 'a priority is a number');
    this.#sink(0, priority, this.top);
  }

  /** Drops what `keeps` refuses: O(n), for when most of it is dead. */
  filter(keeps: (item: T) => boolean): void {
    const priorities = this.#priorities;
    const items = this.#items;
    this.#priorities = [];
    this.#items = [];
    for (const [at, item] of items.entries()) {
      if (!keeps(item)) continue;
      this.#priorities.push(priorities[at]!);
      this.#items.push(item);
    }
    for (let at = (this.#items.length >>> 1) - 1; at >= 0; at--) {
      this.#sink(at, this.#priorities[at]!, this.#items[at]!);
    }
  }

  #rise(start: number, priority: number, item: T): void {
    const priorities = this.#priorities;
    const items = this.#items;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (priorities[parent]! <= priority) break;
      priorities[at] = priorities[parent]!;
      items[at] = items[parent]!;
      at = parent;
    }
    priorities[at] = priority;
    items[at] = item;
  }

  #sink(start: number, priority: number, item: T): void {
    const priorities = this.#priorities;
    const items = this.#items;
    const { length } = items;
    let at = start;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && priorities[child + 1]! < priorities[child]!) child++;
      if (priorities[child]! >= priority) break;
      priorities[at] = priorities[child]!;
      items[at] = items[child]!;
      at = child;
    }
    priorities[at] = priority;
    items[at] = item;
  }
}
