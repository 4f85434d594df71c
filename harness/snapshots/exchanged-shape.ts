/**
 * A store whose restart is an export and an import: what goes on is a new store, made of the snapshot file of the
 * one before. The model knows nothing of that, so whatever the file loses or changes is a wrong answer.
 */
import { exportSnapshot, importSnapshot, open, type OpenOptions } from '../../engine/index.ts';
import type { EmbeddedStore } from '../../engine/types.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import { VirtualClock } from '../stores/virtual-clock.ts';

/** R127: leases begin anew after a restart, as they do in the model. */
const FULL_TIME: OpenOptions = { leaseCheckpoints: false };

export const exchangedShape: Shape = {
  name: 'exported and imported',
  isDurable: true,
  async open(options = {}) {
    const clock = new VirtualClock();
    const fs = memoryFs();
    const all: OpenOptions = { ...FULL_TIME, ...options, fs, clock };
    let count = 0;
    const reopen: Session['reopen'] = async (store) => {
      count++;
      const [file, directory] = [`/file-${count}`, `/store-${count}`];
      const exported = await exportSnapshot(store as EmbeddedStore, file);
      await store.close();
      const imported = await importSnapshot(file, directory, { fs });
      for (const figure of FIGURES) {
        if (exported[figure] === imported[figure]) continue;
        throw new Error(`${figure}: ${exported[figure]} exported, ${imported[figure]} imported`);
      }
      return open(directory, all);
    };
    return new Session({ store: await open('/store-0', all), form: 'bytes', reopen, clock });
  },
};

const FIGURES = ['revision', 'compactRevision', 'hash'] as const;
