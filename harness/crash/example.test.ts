/**
 * The crash explorer on somebody else's store: a toy that keeps one JSON file, written aside and renamed into
 * place, as everybody does it. Forgotten is the one thing that everybody forgets, the sync of the directory.
 */
import { expect, test } from 'vitest';
import { crash, type FileSystem } from '../index.ts';

/** Keys and values in one file, that is replaced as a whole. */
class ToyStore {
  readonly #fs: FileSystem;
  readonly #syncsDirectory: boolean;
  readonly data: Record<string, string>;

  constructor(fs: FileSystem, { syncsDirectory }: { readonly syncsDirectory: boolean }) {
    this.#fs = fs;
    this.#syncsDirectory = syncsDirectory;
    fs.makeDirectory('/toy');
    if (fs.list('/toy').includes('data.json.tmp')) fs.remove('/toy/data.json.tmp');
    this.data = JSON.parse(this.#read() || '{}') as Record<string, string>;
  }

  /** When it returns, the value is on disk, whatever happens. */
  put(key: string, value: string): void {
    this.data[key] = value;
    const file = this.#fs.open('/toy/data.json.tmp', 'create');
    file.writeAt(Buffer.from(JSON.stringify(this.data)), 0);
    file.sync();
    file.close();
    this.#fs.rename('/toy/data.json.tmp', '/toy/data.json');
    if (this.#syncsDirectory) this.#fs.syncDirectory('/toy');
  }

  #read(): string {
    if (!this.#fs.list('/toy').includes('data.json')) return '';
    const file = this.#fs.open('/toy/data.json', 'read');
    const bytes = Buffer.alloc(file.size());
    file.readAt(bytes, 0);
    file.close();
    return bytes.toString();
  }
}

/** What was asked, and what was answered. */
type Fact = { readonly asked: string } | { readonly answered: string };

async function crashToy(syncsDirectory: boolean): ReturnType<typeof crash> {
  return crash<Fact, Record<string, string>>({
    async run(fs, tell) {
      const store = new ToyStore(fs, { syncsDirectory });
      for (const key of ['a', 'b', 'c']) {
        tell({ asked: key });
        store.put(key, key.repeat(300));
        tell({ answered: key });
      }
    },
    async recover(fs) {
      return new ToyStore(fs, { syncsDirectory }).data;
    },
    judge(facts, found) {
      const asked = facts.flatMap((fact) => ('asked' in fact ? [fact.asked] : []));
      const answered = facts.flatMap((fact) => ('answered' in fact ? [fact.answered] : []));
      return [
        ...answered
          .filter((key) => !(key in found))
          .map((key) => `${key} was answered, and is gone`),
        ...Object.keys(found)
          .filter((key) => !asked.includes(key) || found[key] !== key.repeat(300))
          .map((key) => `${key} is there, and nobody asked for it`),
      ];
    },
  });
}

test('a store that syncs its directory survives every crash', async () => {
  const { states, failure } = await crashToy(true);
  expect(failure).toBeUndefined();
  expect(states).toBeGreaterThan(40);
});

test('one that does not is caught, at the first answer', async () => {
  const { failure } = await crashToy(false);
  expect(failure?.problems).toEqual(['a was answered, and is gone']);
  expect(failure?.story.slice(0, 2)).toEqual(['{"asked":"a"}', '{"answered":"a"}']);
});
