/**
 * Names of files, and which of them the disk holds for certain. A name that was created, renamed or removed
 * is in doubt until its directory is synced, and a power cut decides each such change by itself: the file
 * systems there are promise no order among them. A rename is atomic all the same: after it, one of the two
 * names is there.
 */
import { posix } from 'node:path';

export type NameChange<Node> =
  | { readonly kind: 'create'; readonly path: string; readonly node: Node }
  | {
      readonly kind: 'rename';
      readonly path: string;
      readonly target: string;
      readonly node: Node;
    }
  | { readonly kind: 'remove'; readonly path: string; readonly node: Node };

export class NameJournal<Node> {
  readonly #current: Map<string, Node>;
  readonly #synced: Map<string, Node>;
  #pending: NameChange<Node>[] = [];

  /** All of them synced. */
  constructor(names: ReadonlyMap<string, Node>) {
    this.#current = new Map(names);
    this.#synced = new Map(names);
  }

  /** The same names and the same doubts, of other nodes. */
  fork(twinOf: (node: Node) => Node): NameJournal<Node> {
    const twin = new NameJournal<Node>(new Map());
    for (const [path, node] of this.#current) twin.#current.set(path, twinOf(node));
    for (const [path, node] of this.#synced) twin.#synced.set(path, twinOf(node));
    twin.#pending = this.#pending.map((change) => ({ ...change, node: twinOf(change.node) }));
    return twin;
  }

  /** As the process sees them. */
  get current(): ReadonlyMap<string, Node> {
    return this.#current;
  }

  get pending(): readonly NameChange<Node>[] {
    return this.#pending;
  }

  change(change: NameChange<Node>): void {
    apply(this.#current, change);
    this.#pending.push(change);
  }

  /** A rename between two directories is settled with either. */
  sync(directory: string): void {
    const isIn = (change: NameChange<Node>): boolean =>
      posix.dirname(change.path) === directory ||
      (change.kind === 'rename' && posix.dirname(change.target) === directory);
    for (const change of this.#pending) if (isIn(change)) apply(this.#synced, change);
    this.#pending = this.#pending.filter((change) => !isIn(change));
  }

  /** What is left if these of the pending changes, in their order, are what the disk kept. */
  after(kept: readonly boolean[]): Map<string, Node> {
    const names = new Map(this.#synced);
    for (const [at, change] of this.#pending.entries()) if (kept[at] === true) apply(names, change);
    return names;
  }
}

/** Whatever came before it may be missing. */
function apply<Node>(names: Map<string, Node>, change: NameChange<Node>): void {
  const { kind, path, node } = change;
  if (kind === 'create') names.set(path, node);
  else {
    if (names.get(path) === node) names.delete(path);
    if (kind === 'rename') names.set(change.target, node);
  }
}
