/**
 * What a command may touch of the process, so that tests run commands in process, and what it
 * prints.
 *
 * A reader that goes away (`varve log store | head`) is not an error: the next write throws
 * OutputClosedError, the command unwinds, closing its store, and ends with 0.
 */
import type { Readable, Writable } from 'node:stream';

export interface CliInput extends Readable {
  readonly isTTY?: boolean;
}
export interface CliOutput extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliIo {
  readonly stdin: CliInput;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C or SIGTERM. Only a command that can stop halfway asks for it. */
  readonly interrupts: () => AbortSignal;
}

export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

const CHUNK_BYTES = 32 * 1024;

/** Buffers lines into chunks; each chunk waits until the stream has taken it. */
export class Printer {
  readonly #stream: CliOutput;
  #parts: (string | Uint8Array)[] = [];
  #sizeBytes = 0;

  constructor(stream: CliOutput) {
    this.#stream = stream;
    // The write's own callback carries the error; without a listener the process would end here.
    stream.on('error', () => {});
  }

  async line(text: string): Promise<void> {
    await this.bytes(`${text}\n`);
  }

  async json(value: unknown): Promise<void> {
    await this.line(JSON.stringify(value));
  }

  async bytes(part: string | Uint8Array): Promise<void> {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
    if (this.#sizeBytes >= CHUNK_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#parts.length === 0) return;
    const chunk = Buffer.concat(
      this.#parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
    );
    this.#parts = [];
    this.#sizeBytes = 0;
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(chunk, (error) => {
        if (error) reject(isClosed(error) ? new OutputClosedError() : error);
        else resolve();
      });
    });
  }
}

function isClosed(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return (
    code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END'
  );
}
