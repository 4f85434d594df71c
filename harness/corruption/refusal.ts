/** What a refusal must be: a typed error that names the place. */
import { VarveError } from '../../engine/index.ts';
import { BACKUP, type Image, nameOf } from './image.ts';

const PLACE = /\.seg at offset (\d+)|\.seg(?: is missing|: is missing|: holds| holds)|MANIFEST/;

/** What is wrong with this error as a refusal to open, if anything. */
export function problemOfRefusal(error: unknown, touched: readonly string[]): string | undefined {
  if (!(error instanceof VarveError)) return `an error of no type: ${textOf(error)}`;
  const { code, message } = error;
  if (code === 'ERR_INVALID_ARGUMENT') {
    const isKnown = /format version|not a Varve store/.test(message);
    return isKnown ? undefined : `refused for a wrong reason: ${textOf(error)}`;
  }
  if (code !== 'ERR_CORRUPT') return `refused with ${textOf(error)}`;
  if (!PLACE.test(message)) return `a refusal that does not say where: ${message}`;
  return isOf(message, touched) ? undefined : `a refusal that blames what is whole: ${message}`;
}

/** A contradiction between two files may be told of either. */
function isOf(message: string, touched: readonly string[]): boolean {
  return touched.some((path) => {
    const name = nameOf(path);
    if (name === 'MANIFEST' || message.includes(name)) return true;
    return name === 'CHECKPOINT' && message.includes('checkpoint');
  });
}

/** Of a read: the place, in a file that was damaged. */
export function problemOfRead(error: unknown, touched: readonly string[]): string | undefined {
  if (!isCorrupt(error)) return `a read throws ${textOf(error)}`;
  const { message } = error as Error;
  if (!/\.seg at offset \d+/.test(message)) return `a read does not say where: ${message}`;
  return isOf(message, touched) ? undefined : `a read blames what is whole: ${message}`;
}

/** Of `restore`. */
export function problemOfRestore(error: unknown, damaged: Image): string | undefined {
  if (!(error instanceof VarveError)) return `restore throws ${textOf(error)}`;
  const { code, message } = error;
  if (code === 'ERR_NOT_FOUND' && !damaged.has(BACKUP)) return undefined;
  if (code === 'ERR_CORRUPT' && message.includes(BACKUP)) return undefined;
  return `restore refuses with ${textOf(error)}`;
}

export const isCorrupt = (error: unknown): boolean =>
  error instanceof VarveError && error.code === 'ERR_CORRUPT';

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
