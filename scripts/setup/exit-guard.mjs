/**
 * What must not be left behind when this process is stopped in the middle: lock files, temporary directories, programs
 * still running. The clean-ups are synchronous, because nothing else runs in an ending process.
 */

/** @type {Set<() => void>} */
const cleanups = new Set();
const SIGNALS = /** @type {const} */ ({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 });

/**
 * @param {() => void} cleanup runs when the process ends by itself or by a signal, unless taken back before
 * @returns {() => void} takes it back
 */
export function onProcessEnd(cleanup) {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) unlisten();
  };
}

function listen() {
  process.on('exit', cleanUp);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, stop);
}

// Whoever runs after the set-up, the server for one, handles signals in its own way.
function unlisten() {
  process.off('exit', cleanUp);
  for (const signal of Object.keys(SIGNALS)) process.off(signal, stop);
}

function cleanUp() {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      cleanup();
    } catch {
      // The others still have to run.
    }
  }
  cleanups.clear();
}

/** @param {keyof typeof SIGNALS} signal */
function stop(signal) {
  process.exit(128 + SIGNALS[signal]);
}
