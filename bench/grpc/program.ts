/**
 * The client program: the same for every server. Plain grpc-js on one connection, requests encoded beforehand,
 * answers taken as bytes and counted; and for throughput, where grpc-js itself would be the bound, frames.
 */
import {
  Client,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { median } from '../figure.ts';
import { keyOf, orderOf, valueOf } from '../keys.ts';
import { FrameClient, type Template } from './frame-client.ts';
import {
  getRequest,
  METHODS,
  putRequest,
  txnRequest,
  watchMessageIn,
  watchRequest,
} from './messages.ts';
import { type Usage, UsageMeter } from './usage.ts';

export interface Measured extends Usage {
  readonly operations: number;
}

export interface LoadRequest {
  readonly method: 'put' | 'get';
  /** By grpc-js as any program would, or by frames made beforehand. */
  readonly by: 'grpc-js' | 'frames';
  readonly inFlight: number;
  readonly timeMs: number;
}

export interface HistoryRequest {
  /** Puts altogether. */
  readonly puts: number;
  readonly keys: number;
  /** Puts in one transaction and so of one revision; 1: no transactions. */
  readonly perRevision: number;
}

export interface ArmRequest {
  readonly key: string;
  readonly watchers: number;
  readonly streams: number;
}

export interface CatchUpRequest {
  readonly events: number;
  readonly patienceMs: number;
}

type Stream = ClientDuplexStream<Buffer, Buffer>;
type Path = (typeof METHODS)[keyof typeof METHODS];

const KEYS = 1000;
const FILLING_IN_FLIGHT = 200;
const FILLING_TXNS_IN_FLIGHT = 8;
/** Events that are never coming would else be waited for. */
const EVENTS_PATIENCE_MS = 120_000;
/** Large enough that no server waits for the client to take what it was sent before. */
const WINDOW_BYTES = 8 * 1024 * 1024;

export class ClientProgram {
  readonly #client: Client;
  #frames: FrameClient | undefined;
  readonly #url: string;
  readonly #serverPid: number;
  readonly #requests: { readonly put: Buffer[]; readonly get: Buffer[] };
  #streams: Stream[] = [];
  #events = 0;
  #onEvents: () => void = () => {};

  /** `http://127.0.0.1:1234` */
  constructor(url: string, serverPid: number) {
    this.#url = url;
    this.#serverPid = serverPid;
    this.#client = new Client(new URL(url).host, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
      'grpc-node.flow_control_window': WINDOW_BYTES,
    });
    const numbers = [...orderOf(KEYS, 'random')];
    this.#requests = {
      put: numbers.map((number) => putRequest(keyOf(number), valueOf(number))),
      get: numbers.map((number) => getRequest(keyOf(number))),
    };
  }

  /** One call, its answer as it came. */
  ask(path: Path, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, same, same, request, (error, answer) => {
        if (error === null) resolve(answer!);
        else reject(error);
      });
    });
  }

  /** All keys that are measured by, so that every get finds one. */
  async prepare(): Promise<null> {
    let left = KEYS;
    const { client, templates } = await this.#framesOf('put');
    await client.run({ templates, inFlight: 100, goesOn: () => left-- > 0 });
    return null;
  }

  /** One put after the other: the median, in ms. */
  async putOne({ timeMs }: { readonly timeMs: number }): Promise<Measured & { p50Ms: number }> {
    const took: number[] = [];
    const meter = new UsageMeter(this.#serverPid);
    while (meter.elapsedMs < timeMs) {
      const started = performance.now();
      await this.#repeat(METHODS.put, 1, 1, () => this.#requests.put[took.length % KEYS]!);
      took.push(performance.now() - started);
    }
    return { ...meter.read(), operations: took.length, p50Ms: median(took) };
  }

  /** For a while, so many are always under way. */
  async load({ method, by, inFlight, timeMs }: LoadRequest): Promise<Measured> {
    const frames = by === 'frames' ? await this.#framesOf(method) : undefined;
    const requests = this.#requests[method];
    const meter = new UsageMeter(this.#serverPid);
    const goesOn = (): boolean => meter.elapsedMs < timeMs;
    const operations =
      frames === undefined
        ? await this.#repeat(METHODS[method], goesOn, inFlight, (n) => requests[n % KEYS]!)
        : await frames.client.run({ templates: frames.templates, inFlight, goesOn });
    return { ...meter.read(), operations };
  }

  /** So many puts of one key. */
  async write(request: { key: string; puts: number; inFlight: number }): Promise<null> {
    const put = putRequest(request.key, valueOf(0));
    await this.#repeat(METHODS.put, request.puts, request.inFlight, () => put);
    return null;
  }

  async putHistory({ puts, keys, perRevision }: HistoryRequest): Promise<null> {
    const putAt = (n: number): Buffer => putRequest(keyOf(n % keys), valueOf(n));
    if (perRevision === 1) {
      await this.#repeat(METHODS.put, puts, FILLING_IN_FLIGHT, putAt);
      return null;
    }
    const txns = Math.ceil(puts / perRevision);
    await this.#repeat(METHODS.txn, txns, FILLING_TXNS_IN_FLIGHT, (txn) => {
      const count = Math.min(perRevision, puts - txn * perRevision);
      return txnRequest(Array.from({ length: count }, (_, i) => putAt(txn * perRevision + i)));
    });
    return null;
  }

  /** Watchers of one key, spread over the streams evenly. Resolves when the server has confirmed all. */
  async arm({ key, watchers, streams }: ArmRequest): Promise<null> {
    this.#cancelStreams();
    const request = watchRequest(key);
    let left = watchers;
    await new Promise<void>((resolve, reject) => {
      const created = (): void => {
        if (--left === 0) resolve();
      };
      for (let i = 0; i < streams; i++) {
        const stream = this.#watchStream(created, reject);
        const share = Math.floor(watchers / streams) + (i < watchers % streams ? 1 : 0);
        for (let watcher = 0; watcher < share; watcher++) stream.write(request);
      }
    });
    return null;
  }

  /** Until the watchers have been sent so many events. */
  async take({ events }: { readonly events: number }): Promise<Measured> {
    const taken = await this.#takeEvents(events, EVENTS_PATIENCE_MS);
    if (taken.operations === events) return taken;
    throw new Error(`watchers got ${taken.operations} events instead of ${events}`);
  }

  /** All that has happened since revision 2, until so many events came, or for so long. */
  async catchUp({ events, patienceMs }: CatchUpRequest): Promise<Measured> {
    this.#cancelStreams();
    const taken = await new Promise<Measured>((resolve, reject) => {
      const stream = this.#watchStream(() => {}, reject);
      stream.write(watchRequest(undefined, 2));
      this.#takeEvents(events, patienceMs).then(resolve, reject);
    });
    this.#cancelStreams();
    return taken;
  }

  close(): void {
    this.#cancelStreams();
    this.#frames?.close();
    this.#client.close();
  }

  /** Connected once, before anything is measured. */
  async #framesOf(
    method: LoadRequest['method'],
  ): Promise<{ readonly client: FrameClient; readonly templates: readonly Template[] }> {
    const client = (this.#frames ??= await FrameClient.connect(this.#url));
    return { client, templates: client.templates(METHODS[method], this.#requests[method]) };
  }

  /** What came before the call counts, too: it is what the call was made for. */
  async #takeEvents(count: number, patienceMs: number): Promise<Measured> {
    const meter = new UsageMeter(this.#serverPid);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#onEvents = () => {
        if (this.#events < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onEvents();
    });
    const usage = meter.read();
    const operations = this.#events;
    this.#events = 0;
    this.#onEvents = () => {};
    return { ...usage, operations };
  }

  #watchStream(created: () => void, failed: (error: Error) => void): Stream {
    const stream = this.#client.makeBidiStreamRequest(METHODS.watch, same, same);
    stream.on('data', (response: Buffer) => {
      const { events, isCreated, isCanceled } = watchMessageIn(response);
      if (isCanceled) failed(new Error('the server has canceled a watcher'));
      else if (isCreated) created();
      this.#events += events;
      if (events > 0) this.#onEvents();
    });
    stream.on('error', (error: ServiceError) => {
      if (error.code !== status.CANCELLED) failed(error);
    });
    this.#streams.push(stream);
    return stream;
  }

  #cancelStreams(): void {
    for (const stream of this.#streams.splice(0)) {
      stream.removeAllListeners('data');
      stream.cancel();
    }
    this.#events = 0;
  }

  /** As many calls as `more` says or allows, so many at a time; returns how many. */
  #repeat(
    path: Path,
    more: number | (() => boolean),
    inFlight: number,
    requestOf: (n: number) => Buffer,
  ): Promise<number> {
    const goesOn = typeof more === 'number' ? () => sent < more : more;
    let sent = 0;
    let underWay = 0;
    return new Promise((resolve, reject) => {
      const next = (): void => {
        underWay++;
        const request = requestOf(sent++);
        this.#client.makeUnaryRequest(path, same, same, request, (error) => {
          underWay--;
          if (error !== null) reject(error);
          else if (goesOn()) next();
          else if (underWay === 0) resolve(sent);
        });
      };
      for (let first = 0; first < inFlight && goesOn(); first++) next();
      if (sent === 0) resolve(0);
    });
  }
}

const same = (bytes: Buffer): Buffer => bytes;
