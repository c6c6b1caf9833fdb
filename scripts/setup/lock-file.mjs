import { linkSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onProcessEnd } from './exit-guard.mjs';
import { errorCode, readIfPresent, temporaryBeside } from './files.mjs';

const POLL_MS = 250;
/** The holder touches its file this often; one that has not for {@link STALE_MS} is gone, wherever it ran. */
const TOUCH_MS = 20_000;
const STALE_MS = 120_000;

/**
 * Takes a lock that other processes on this file system respect, waiting for as long as another holds it. A lock whose
 * holder died is taken over.
 * @param {string} path
 * @param {(holder: string) => void} onWait called once, when it has to wait
 * @returns {Promise<() => void>} gives it back; also given back when the process ends
 */
export async function takeLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, since: new Date().toISOString() });
  for (let waited = false; !tryCreate(path, mine); ) {
    const theirs = readIfPresent(path);
    if (theirs === undefined) continue;
    if (isAbandoned(path, theirs)) {
      removeIfStill(path, theirs);
      continue;
    }
    if (!waited) onWait(describe(theirs));
    waited = true;
    await pause(POLL_MS);
  }

  const touch = setInterval(() => utimesSync(path, new Date(), new Date()), TOUCH_MS);
  touch.unref();
  const giveBack = () => {
    clearInterval(touch);
    if (readIfPresent(path) === mine) rmSync(path, { force: true });
  };
  const takeBack = onProcessEnd(giveBack);
  return () => {
    takeBack();
    giveBack();
  };
}

/**
 * The file appears with its content or not at all.
 * @param {string} path
 * @param {string} content
 */
function tryCreate(path, content) {
  const temporary = temporaryBeside(path);
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * @param {string} path
 * @param {string} content
 */
function isAbandoned(path, content) {
  const holder = parse(content);
  if (holder?.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_MS;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Two that find the same dead lock must not remove the living one that the quicker of them has put there since.
 * @param {string} path
 * @param {string} content
 */
function removeIfStill(path, content) {
  const aside = temporaryBeside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (readIfPresent(aside) !== content) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * @param {string} content
 * @returns {{ host: string, pid: number } | undefined}
 */
function parse(content) {
  try {
    const { host, pid } = JSON.parse(content);
    return typeof host === 'string' && Number.isInteger(pid) ? { host, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} content */
function describe(content) {
  const holder = parse(content);
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
}
