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
  const known = error instanceof SetupError ? error : explainSystemError(error);
  if (known === undefined) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [`Set-up stopped: ${known.message}`, ...known.remedy.map((line) => `  → ${line}`)].join('\n');
}

/**
 * What the system refuses in any step alike.
 * @param {unknown} error
 * @returns {SetupError | undefined}
 */
function explainSystemError(error) {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const place = 'path' in error ? String(error.path) : 'a file';
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SetupError(`${place} cannot be written (${error.code}).`, [
        'The checkout must belong to you. After an earlier run as root: sudo chown -R "$(id -un)" . (in the checkout)',
        'Other places for the rest: AMPHI_CACHE_DIR for the cache, AMPHI_DATA_DIR for the data.',
      ]);
    case 'ENOSPC':
      return new SetupError(`the disk is full at ${place}.`, 'Free about 2 GB, then run the same command again.');
    default:
      return undefined;
  }
}
