/** A step that says nothing new for so long repeats its last word, so that nobody takes it for hung. */
const HEARTBEAT_MS = 15_000;

/**
 * @callback Progress
 * @param {string} text what is going on now
 * @returns {void}
 */

/**
 * Lines about the steps of the set-up, and how long each took. Plain lines without colour or cursor movement: they read
 * the same in a terminal, a log file and a build server.
 */
export class Reporter {
  #write;
  #now;

  /**
   * @param {(line: string) => void} [write]
   * @param {() => number} [now] milliseconds, monotonic
   */
  constructor(write = (line) => console.log(line), now = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  /**
   * Runs one step and writes what came of it.
   * @param {string} name
   * @param {(progress: Progress) => Promise<string> | string} work its result says what was done, such as "unchanged"
   * @returns {Promise<void>} rejects as the work does, after a line that says which step failed
   */
  async step(name, work) {
    const started = this.#now();
    let latest = 'still running';
    const heartbeat = setInterval(() => this.#line(name, `… ${latest} (${this.#since(started)})`), HEARTBEAT_MS);
    try {
      const outcome = await work((text) => {
        latest = text;
        this.#line(name, `… ${text}`);
        heartbeat.refresh();
      });
      this.#line(name, `${outcome} (${this.#since(started)})`);
    } catch (error) {
      this.#line(name, `failed (${this.#since(started)})`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #line(name, text) {
    this.#write(`[set-up] ${name}: ${text}`);
  }

  /** @param {number} started */
  #since(started) {
    return formatSeconds(this.#now() - started);
  }
}

/**
 * @param {number} ms
 * @returns {string} such as "0.1 s" or "2 min 5 s"
 */
export function formatSeconds(ms) {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
