import { type ChildProcess, spawn } from 'node:child_process';
import { type Closable, type CloseReason, type Logger, logFaults, type Millis, Scope } from '@amphi/base';
import { ChunkWriter, MAX_MEDIA_BYTES, MESSAGE, type RtmpMessage } from '@amphi/rtmp';

/** What it may still send, and its `DELETE`. */
const DRAIN_MS: Millis = 5_000;
/** What the child needs of our environment; secrets of the server stay out of it. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|NODE_ENV|NODE_OPTIONS|LD_LIBRARY_PATH|AMPHI_EGRESS_LOG_LEVEL)$/;
/** Messages of one chunk each. */
const CHUNK_BYTES = MAX_MEDIA_BYTES;

/** Starts an own process that sends in by WHIP what it is given. */
export type StartSendIn = (target: { readonly url: string; readonly ticket: string }) => SendIn;

/** An own process that makes what an encoder sends into what browsers take. Closed when the process is gone. */
export interface SendIn extends Closable {
  /** @returns false when no more should be written until `onDrain` */
  write(message: RtmpMessage): boolean;
  onDrain(listener: () => void): void;
}

/** By the egress program, which has the codecs. @param entry its main module */
export function sendInProgram(entry: string, logger: Logger): StartSendIn {
  return ({ url, ticket }) => new SendInProcess({ entry, url, ticket, logger });
}

class SendInProcess implements SendIn {
  readonly closed: Promise<CloseReason>;
  readonly #child: ChildProcess;
  readonly #writer = new ChunkWriter();
  readonly #scope: Scope;

  constructor(options: {
    readonly entry: string;
    readonly url: string;
    readonly ticket: string;
    readonly logger: Logger;
  }) {
    const { entry, url, ticket, logger } = options;
    this.#scope = new Scope({ onTimerError: logFaults(logger, 'a timer of an encoder failed') });
    this.#child = spawn(process.execPath, [entry, 'send-in'], {
      env: {
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
        AMPHI_SEND_IN_URL: url,
        // Not an argument: those are shown to every account.
        AMPHI_SEND_IN_TOKEN: ticket,
      },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.closed = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#scope.close();
        logger.info({ code, signal }, 'process of an encoder exited');
        resolve(code === 0 ? { by: 'self' } : { by: 'failure', code: signal ?? `exit_${code}` });
      });
      // Emitted instead of `exit` when the program cannot be run at all.
      this.#child.once('error', (error) => {
        logger.error({ error: error.message }, 'process of an encoder failed');
        if (this.#child.pid === undefined) resolve({ by: 'failure', code: 'spawn' });
      });
    });
    // One that is gone tells by its exit.
    this.#child.stdin?.on('error', () => {});
    const body = new Uint8Array(4);
    new DataView(body.buffer).setUint32(0, CHUNK_BYTES);
    this.#put({ type: MESSAGE.setChunkSize, streamId: 0, timestamp: 0, body });
    this.#writer.chunkSize = CHUNK_BYTES;
  }

  write(message: RtmpMessage): boolean {
    return this.#put(message);
  }

  onDrain(listener: () => void): void {
    this.#child.stdin?.on('drain', listener);
  }

  /** Lets it send what it has, and say that it ends. */
  close(): void {
    this.#child.stdin?.end();
    if (!this.#scope.isClosed) this.#scope.after(DRAIN_MS, () => this.#child.kill('SIGKILL'));
  }

  #put(message: RtmpMessage): boolean {
    const { stdin } = this.#child;
    return !stdin?.writable || stdin.write(this.#writer.write(message.type === MESSAGE.video ? 6 : 4, message));
  }
}
