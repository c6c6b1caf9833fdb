import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EgressCommand,
  type EgressJobMessage,
  type EgressStatus,
  egressStatus,
  type FinishedRecording,
  finishedRecording,
} from '@amphi/protocol';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const APP = join(ROOT, 'apps/egress');

type Bundle = (options: {
  readonly entries: Readonly<Record<string, string>>;
  readonly appDir: string;
  readonly outDir: string;
}) => Promise<void>;

/** The egress program built as it is shipped, in a folder of its own. */
export class EgressBuild {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<EgressBuild> {
    // From there the program finds the packages that are left out of its bundle.
    const caches = join(ROOT, 'node_modules/.cache');
    mkdirSync(caches, { recursive: true });
    const build = new EgressBuild(mkdtempSync(join(caches, 'egress-test-')));
    const builder = join(ROOT, 'scripts/setup/builds/node-bundle.mjs');
    const { bundleForNode } = (await import(builder)) as { readonly bundleForNode: Bundle };
    await bundleForNode({
      entries: {
        main: join(APP, 'src/main.ts'),
        'media-thread': join(APP, 'src/pipeline/media-thread.ts'),
        'encoder-thread': join(APP, 'src/pipeline/encoder-thread.ts'),
        'text-thread': join(APP, 'src/pipeline/text-thread.ts'),
      },
      appDir: APP,
      outDir: build.folder,
    });
    return build;
  }

  /** What the program makes of a recording that nobody writes any more. */
  finalise(folder: string): FinishedRecording {
    const told = execFileSync(process.execPath, [join(this.folder, 'main.js'), 'finalise', folder]);
    return finishedRecording.parse(JSON.parse(told.toString()));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a picture of the stream shows, by the program's own log. */
export interface LoggedTick {
  readonly tick: number;
  /** By track id. */
  readonly capturedAt: Readonly<Record<string, number>>;
}

type OutputStatus = Extract<EgressStatus, { type: 'output' }>;

/** The egress program as its own process, as the server runs it. */
export class EgressProgram {
  readonly statuses: EgressStatus[] = [];
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'egress-test-'));

  constructor(build: EgressBuild, job: EgressJobMessage, preset = 'ultrafast') {
    this.#child = fork(join(build.folder, 'main.js'), [], {
      env: {
        ...process.env,
        AMPHI_EGRESS_PRESET: preset,
        AMPHI_EGRESS_LOG_LEVEL: 'error',
        AMPHI_EGRESS_TICK_LOG: this.#tickLog,
      },
    });
    this.#child.on('message', (message) => this.statuses.push(egressStatus.parse(message)));
    this.exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.send(job);
  }

  send(command: EgressCommand): void {
    this.#child.send(command);
  }

  /** Resolves with the next status of this kind, also when it came already. */
  async status<Type extends EgressStatus['type']>(type: Type): Promise<Extract<EgressStatus, { type: Type }>> {
    for (;;) {
      const found = this.statuses.find((status) => status.type === type);
      if (found) return found as Extract<EgressStatus, { type: Type }>;
      const ended = await Promise.race([once(this.#child, 'message').then(() => undefined), this.exited]);
      if (ended && !this.statuses.some((status) => status.type === type)) {
        throw new Error(
          `egress exited with ${ended.code ?? ended.signal} before ${type}: ${JSON.stringify(this.statuses)}`,
        );
      }
    }
  }

  /** Resolves when an output is in this state, or was. */
  async output(phase: OutputStatus['phase'], id = 'stream-1'): Promise<OutputStatus> {
    const find = (): OutputStatus | undefined =>
      this.statuses.find(
        (status): status is OutputStatus => status.type === 'output' && status.id === id && status.phase === phase,
      );
    for (;;) {
      const found = find();
      if (found) return found;
      const ended = await Promise.race([once(this.#child, 'message').then(() => undefined), this.exited]);
      if (ended && !find()) throw new Error(`egress ended before ${id} was ${phase}: ${JSON.stringify(this.statuses)}`);
    }
  }

  /** What it told, but for figures, and for complaints about a machine that does something else besides. */
  story(): string[] {
    return this.statuses.flatMap((status) => {
      if (status.type === 'stats' || status.type === 'thinned') return [];
      if (status.type === 'output') return [`${status.id} ${status.phase}`];
      if (status.type !== 'trouble') return [status.type];
      return status.code === 'overload' ? [] : [`${status.severity} ${status.code}: ${status.message}`];
    });
  }

  /** Of all pictures so far, in order. */
  ticks(): LoggedTick[] {
    if (!existsSync(this.#tickLog)) return [];
    // The last line may be half written.
    const lines = readFileSync(this.#tickLog, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LoggedTick);
  }

  get #tickLog(): string {
    return join(this.#folder, 'ticks');
  }

  /** How many it has at present. */
  get threads(): number {
    return readdirSync(`/proc/${this.#child.pid}/task`).length;
  }

  disconnect(): void {
    this.#child.disconnect();
  }

  /** Stops it from running at all, as a machine does that has no time for it, or lets it go on. */
  freeze(isFrozen: boolean): void {
    this.#child.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Kills it and removes what it wrote. */
  remove(): void {
    this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
