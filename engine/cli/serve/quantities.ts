/** Sizes and times as people write them. */
import { usageError } from '../cli-error.ts';
import { wholeNumber } from '../command.ts';
import type { OpenOptions } from '../../types.ts';

type AutoCompaction = NonNullable<OpenOptions['autoCompaction']>;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `2147483648` or `2GiB`. */
export function bytesOf(option: string, text: string): number {
  const parts = /^(\d{1,15})(|[KMGT]iB)$/.exec(text);
  const bytes = Number(parts?.[1]) * UNIT_BYTES[parts?.[2] ?? '']!;
  if (parts !== null && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw usageError(`${option} takes bytes, as in 2147483648 or 2GiB, not ${JSON.stringify(text)}`);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `revision:10000` or `periodic:12h`, the modes that etcd has. */
export function autoCompactionOf(text: string): AutoCompaction {
  const [, mode, count = '', unit = ''] =
    /^(revision|periodic):(\d+)(|ms|s|m|h|d)$/.exec(text) ?? [];
  if (mode === 'revision' && unit === '') {
    return { mode, keep: wholeNumber('--auto-compaction revision:', count) };
  }
  if (mode === 'periodic' && unit !== '') {
    const retentionMs = wholeNumber('--auto-compaction periodic:', count) * UNIT_MS[unit]!;
    return { mode, retentionMs };
  }
  throw usageError(
    `--auto-compaction takes revision:<n> or periodic:<time>, not ${JSON.stringify(text)}`,
    'revision:10000 keeps so many revisions, periodic:12h all that are younger',
  );
}
