/** docs/format.md's worked example: our reader parses it, our writer makes it, byte for byte. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleImage } from './format-doc.testing.ts';
import { fsOf, openLog } from './log.testing.ts';

const DOCUMENT = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');

function block(name: string): { info: string; lines: string[] } {
  const found = new RegExp(`^\`\`\`${name}(.*)\n([^]*?)^\`\`\`$`, 'm').exec(DOCUMENT);
  expect(found, `a block \`\`\`${name}`).not.toBeNull();
  return { info: found![1]!.trim(), lines: found![2]!.trimEnd().split('\n') };
}

/** Lines of: offset in decimal, two spaces, bytes in hexadecimal, two spaces, words. */
function segmentOf({ info, lines }: ReturnType<typeof block>): Buffer {
  const segment = Buffer.alloc(Number(info));
  for (const line of lines) {
    const [, at, hex] = /^(\d{4}) {2}((?:[\da-f]{2} )+)/.exec(line)!;
    segment.write(hex!.replaceAll(' ', ''), Number(at), 'hex');
  }
  return segment;
}

const inDocument = new Map([
  ['0000000001.seg', segmentOf(block('segment'))],
  ['MANIFEST', Buffer.from(`${block('manifest').lines.join('\n')}\n`)],
]);

test('our reader understands the example', () => {
  const { log, found } = openLog(fsOf(inDocument), { readOnly: true });
  expect(found).toEqual(['2 sky blue', '3 sky grey', '3 road wet', '4 road ']);
  expect(log.set.active.lastSequence).toBe(4);
  log.close();
});

test('our writer makes the example, byte for byte', () => {
  const made = exampleImage();
  expect([...made.keys()].toSorted()).toEqual([...inDocument.keys()].toSorted());
  for (const [name, bytes] of inDocument) {
    expect(Buffer.compare(made.get(name)!, bytes), name).toBe(0);
  }
});
