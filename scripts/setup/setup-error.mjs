/**
 * A failure that the person in front of the terminal can repair. Shown without a stack: what is wrong, then what to do.
 * Any other error is a bug of the set-up and is shown with its stack.
 */
export class SetupError extends Error {
  /** What to do, in lines that can be followed or pasted as they are. */
  remedy;

  /**
   * @param {string} message what is wrong, in one sentence
   * @param {string | readonly string[]} remedy what to do about it, one step per line
   * @param {unknown} [cause]
   */
  constructor(message, remedy, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SetupError';
    this.remedy = typeof remedy === 'string' ? [remedy] : [...remedy];
  }
}

/**
 * The text for the terminal.
 * @param {unknown} error
 * @returns {string} ends without a line break
 */
export function describeFailure(error) {
  if (!(error instanceof SetupError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return [`Set-up stopped: ${error.message}`, ...error.remedy.map((line) => `  → ${line}`)].join('\n');
}
