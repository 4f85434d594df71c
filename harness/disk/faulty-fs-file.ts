/** One open file of a file system that fails as a plan says. */
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import { diskError } from './disk-error.ts';
import type { Effect } from './fault-plan.ts';
import type { Faults } from './faulty-fs.ts';

/** A file, whatever it is called at the moment. */
export interface Inode {
  path: string;
  bytes: number;
  /** A sync of it has failed, and all later ones report success. */
  lies: boolean;
}

export class FaultyFile implements File {
  readonly #fs: FileSystem;
  readonly #file: File;
  readonly #inode: Inode;
  readonly #faults: Faults;

  constructor(fs: FileSystem, file: File, inode: Inode, faults: Faults) {
    this.#fs = fs;
    this.#file = file;
    this.#inode = inode;
    this.#faults = faults;
  }

  get path(): string {
    return this.#file.path;
  }

  size(): number {
    return this.#file.size();
  }

  readAt(target: Uint8Array, position: number): number {
    const effect = this.#faults.enter('read', this.#inode.path);
    if (effect?.does === 'short') {
      this.#faults.misread(position + effect.bytes, position + target.length);
      return this.#file.readAt(target.subarray(0, effect.bytes), position);
    }
    const read = this.#file.readAt(target, position);
    if (read === 0 || (effect?.does !== 'flip' && effect?.does !== 'rot')) return read;
    const at = Math.floor(effect.bit / 8) % read;
    this.#faults.misread(position + at, position + at + 1);
    target[at]! ^= 1 << (effect.bit % 8);
    if (effect.does === 'rot') this.#store(target.subarray(at, at + 1), position + at);
    return read;
  }

  writeAt(source: Uint8Array, position: number): void {
    const effect = this.#faults.enter('write', this.#inode.path);
    if (effect?.does === 'lost') return;
    if (effect?.does === 'cut') {
      this.#write(source.subarray(0, effect.bytes), position);
      throw diskError(effect.code, 'write', this.#inode.path);
    }
    const by = effect?.does === 'shift' ? effect.by : 0;
    this.#write(source, Math.max(0, position + by));
  }

  sync(): void {
    const effect = this.#enterSync();
    if (effect?.does === 'slow') this.#faults.elapse(effect.turns);
    if (!this.#inode.lies) this.#file.sync();
  }

  async syncInBackground(): Promise<void> {
    const effect = this.#enterSync();
    if (effect?.does === 'slow') {
      for (let turns = effect.turns; turns > 0; turns--) await new Promise(setImmediate);
    }
    if (!this.#inode.lies) await this.#file.syncInBackground();
  }

  truncate(size: number): void {
    this.#faults.enter('truncate', this.#inode.path);
    const growth = size - this.#file.size();
    if (growth > 0 && this.#faults.room(this.#inode.path, growth) < growth) {
      throw diskError('ENOSPC', 'ftruncate', this.#inode.path);
    }
    this.#file.truncate(size);
    this.#faults.resized(this.#inode, size);
  }

  close(): void {
    this.#file.close();
  }

  #enterSync(): Effect | undefined {
    const effect = this.#faults.enter('sync', this.#inode.path);
    if (effect?.does === 'lie' && !this.#inode.lies) {
      this.#inode.lies = true;
      throw diskError('EIO', 'fdatasync', this.#inode.path);
    }
    return effect;
  }

  /** As much of it as there is room for. */
  #write(source: Uint8Array, position: number): void {
    const size = this.#file.size();
    const growth = Math.max(0, position + source.length - size);
    const room = growth === 0 ? 0 : this.#faults.room(this.#inode.path, growth);
    const fits = source.subarray(0, Math.max(0, source.length - (growth - room)));
    if (fits.length > 0) this.#file.writeAt(fits, position);
    this.#faults.resized(this.#inode, this.#file.size());
    if (room < growth) throw diskError('ENOSPC', 'write', this.#inode.path);
  }

  /** Past all handles, which may be for reading only. What has no name any more is left as it is. */
  #store(bytes: Uint8Array, position: number): void {
    try {
      const file = this.#fs.open(this.#inode.path, 'write');
      file.writeAt(bytes, position);
      file.close();
    } catch {
      // Removed, or not to be written: then it was wrong this once.
    }
  }
}
