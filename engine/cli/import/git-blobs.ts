/**
 * Contents of blobs through one `git cat-file --batch`. Answers come in the order of the questions,
 * so all questions of a commit are asked before the first answer is awaited:
 *
 *     we write    <id> LF
 *     git writes  <id> blob <size> LF <size bytes> LF      or   <id> missing LF
 *
 * A symbolic link's blob holds its target. A submodule has no blob here: its value stays as it is.
 */
import { CliError } from '../cli-error.ts';
import { GitProcess } from './git-process.ts';
import { blobOf, type ContentReader } from './history.ts';

interface Question {
  readonly id: string;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

const LINE_FEED = 10;

export class GitBlobs implements ContentReader {
  readonly #git: GitProcess;
  readonly #questions: Question[] = [];
  readonly #answering: Promise<void>;
  #isStopped = false;

  constructor(repository: string) {
    this.#git = new GitProcess(repository, ['cat-file', '--batch']);
    this.#answering = this.#answer();
  }

  async read(value: string): Promise<Uint8Array> {
    const id = blobOf(value);
    if (id === undefined) return Buffer.from(value);
    return await new Promise<Uint8Array>((resolve, reject) => {
      if (this.#isStopped) {
        reject(new CliError('ERR_GIT', 'git cat-file has ended'));
        return;
      }
      this.#questions.push({ id, resolve, reject });
      this.#git.stdin.write(`${id}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#git.stdin.end();
    if (this.#questions.length > 0) this.#git.stop();
    await this.#answering;
  }

  async #answer(): Promise<void> {
    let failure: unknown = new CliError('ERR_GIT', 'git cat-file ended before it answered');
    try {
      const input = new ByteQueue(this.#git.stdout);
      for (let header = await input.line(); header !== undefined; header = await input.line()) {
        const question = this.#questions[0];
        const size = sizeIn(header, question?.id);
        const content = await input.take(size + 1);
        question?.resolve(content.subarray(0, size));
        this.#questions.shift();
      }
      await this.#git.ended();
    } catch (error) {
      failure = error;
    } finally {
      this.#isStopped = true;
      for (const question of this.#questions.splice(0)) question.reject(failure);
      this.#git.stop();
    }
  }
}

function sizeIn(header: string, id: string | undefined): number {
  const [answered, type, size] = header.split(' ');
  if (answered !== id || type !== 'blob' || size === undefined) {
    throw new CliError('ERR_GIT', `git cat-file says: ${header}`, {
      hint: 'the repository may be damaged or partly cloned: `git fsck` knows',
    });
  }
  return Number(size);
}

/** Lines and counted bytes out of a stream of chunks; a large blob is put together once. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Buffer>;
  #head: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async line(): Promise<string | undefined> {
    let end = this.#head.indexOf(LINE_FEED);
    for (; end < 0; end = this.#head.indexOf(LINE_FEED)) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#head = Buffer.concat([this.#head, chunk]);
    }
    const line = this.#head.toString('latin1', 0, end);
    this.#head = this.#head.subarray(end + 1);
    return line;
  }

  async take(size: number): Promise<Buffer> {
    const parts = [this.#head];
    let sizeSoFar = this.#head.length;
    while (sizeSoFar < size) {
      const chunk = await this.#next();
      if (chunk === undefined) throw new CliError('ERR_GIT', 'git cat-file ended within a blob');
      parts.push(chunk);
      sizeSoFar += chunk.length;
    }
    const bytes = parts.length === 1 ? this.#head : Buffer.concat(parts);
    this.#head = bytes.subarray(size);
    return bytes.subarray(0, size);
  }

  async #next(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next();
    return done === true ? undefined : value;
  }
}
