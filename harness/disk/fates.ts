/** What became of a disk, file by file, for whoever looks at a failure. */

/** A file before the fault and after it. */
export interface FileFate {
  readonly path: string;
  /** 'older': the name leads to the file that it led to before a rename; 'back': it was removed. */
  readonly name: 'kept' | 'lost' | 'older' | 'back';
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Of every 512 bytes, in order. */
  readonly sectors: readonly SectorFate[];
}

/** 'old': what was synced; 'new': the last that was written; 'between': one of several written since. */
export type SectorFate =
  | 'synced'
  | 'new'
  | 'old'
  | 'between'
  | 'zeros'
  | 'torn'
  | 'damaged'
  | 'cut';
