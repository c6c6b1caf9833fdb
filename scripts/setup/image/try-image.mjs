import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { onProcessEnd } from '../exit-guard.mjs';
import { ROOT } from '../paths.mjs';
import { SetupError } from '../setup-error.mjs';
import { commandOf, ignoring, stagesOf } from './containerfile.mjs';
import {
  makeBase,
  NODE_IMAGE,
  networkOfThisMachine,
  requireTools,
  run,
  runInside,
  spawnInside,
} from './scratch-system.mjs';

/** @typedef {import('./containerfile.mjs').Instruction} Instruction */
/** @typedef {import('./scratch-system.mjs').Place} Place */

/** A server that is asked to stop has no streams to drain here. */
const STOP_MS = 20_000;

/**
 * Goes through deploy/container/Containerfile without a container engine, each instruction in a scratch root; then starts
 * the server as the image does, has the image's own check find it healthy, and stops it.
 * @param {object} options
 * @param {string | undefined} [options.base] folder that keeps the Debian system for the next time
 * @param {string | undefined} [options.mirror] of Debian
 * @throws {SetupError}
 */
export async function tryImage({ base, mirror }) {
  requireTools();
  const work = mkdtempSync(join(tmpdir(), 'amphi-image-'));
  const remove = () => rmSync(work, { recursive: true, force: true });
  const takeBack = onProcessEnd(remove);
  try {
    const system = base === undefined ? join(work, 'base') : resolve(base);
    await makeBase(system, mirror);
    const stages = stagesOf(readFileSync(join(ROOT, 'deploy/container/Containerfile'), 'utf8'));
    const image = await build(stages, { system, work });
    await tryServer(image, stages.at(-1) ?? []);
  } finally {
    takeBack();
    remove();
  }
  console.log('\nThe image can be built, its server is healthy and stops when asked.');
}

/**
 * @param {readonly (readonly Instruction[])[]} stages
 * @param {{ readonly system: string, readonly work: string }} folders
 * @returns {Promise<Place>} of the last stage
 */
async function build(stages, { system, work }) {
  const network = await networkOfThisMachine();
  /** @type {Map<string, string>} */
  const roots = new Map();
  /** @type {Place} */
  let place = { root: '', cwd: '/', user: 'root', env: {} };
  for (const [index, { name, text }] of stages.flat().entries()) {
    console.log(`\n# ${name} ${text}`);
    const [first = '', ...rest] = text.split(/\s+/);
    switch (name) {
      case 'FROM':
        if (!NODE_IMAGE.test(first)) throw unknown(name, text);
        place = { root: join(work, `root-${index}`), cwd: '/', user: 'root', env: {} };
        if (rest[0] === 'AS') roots.set(rest[1] ?? '', place.root);
        await run('cp', ['--archive', '--reflink=auto', system, place.root]);
        break;
      case 'WORKDIR':
        place = { ...place, cwd: text };
        mkdirSync(join(place.root, text), { recursive: true });
        break;
      case 'ENV':
        place = {
          ...place,
          env: { ...place.env, ...Object.fromEntries([first, ...rest].map((pair) => pair.split('='))) },
        };
        break;
      case 'USER':
        place = { ...place, user: text };
        break;
      case 'COPY':
        copy(place, [first, ...rest], roots);
        break;
      case 'RUN':
        await runInside({ ...place, env: { ...network, ...place.env } }, ['/bin/sh', '-c', text]);
        break;
      case 'VOLUME':
      case 'EXPOSE':
      case 'HEALTHCHECK':
      case 'ENTRYPOINT':
      case 'CMD':
        break;
      default:
        throw unknown(name, text);
    }
  }
  return place;
}

/**
 * @param {Place} place
 * @param {readonly string[]} words
 * @param {ReadonlyMap<string, string>} roots by stage
 */
function copy({ root, cwd }, words, roots) {
  const stage = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const sources = words.slice(stage === undefined ? 0 : 1, -1);
  const from = stage === undefined ? ROOT : roots.get(stage);
  if (from === undefined) throw unknown('COPY', words.join(' '));
  const isIgnored = stage === undefined ? ignoring(readFileSync(join(ROOT, '.containerignore'), 'utf8')) : () => false;
  const target = join(root, resolve(cwd, words.at(-1) ?? ''));
  for (const path of sources) {
    const source = join(from, path);
    // Of a folder its content is copied.
    cpSync(source, statSync(source).isFile() ? join(target, basename(path)) : target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => each === source || !isIgnored(relative(source, each)),
    });
  }
}

/**
 * @param {Place} image
 * @param {readonly Instruction[]} stage
 */
async function tryServer(image, stage) {
  /** @param {string} name */
  const textOf = (name) => stage.find((each) => each.name === name)?.text ?? '';
  const place = { ...image, env: { ...image.env, AMPHI_HOST: '127.0.0.1', AMPHI_PORT: '0', AMPHI_RTMP_PORT: '0' } };
  const command = [...commandOf(textOf('ENTRYPOINT')), ...commandOf(textOf('CMD'))];
  const health = textOf('HEALTHCHECK');
  const startMs = 1000 * Number(/--start-period=(\d+)s/.exec(health)?.[1] ?? 0);

  console.log(`\n# as ${place.user}: ${command.join(' ')}`);
  const server = spawnInside(place, command);
  /** @type {Promise<string>} */
  const ended = new Promise((done) => server.once('exit', (code, signal) => done(String(code ?? signal))));
  const began = performance.now();
  while (!(await succeeds(place, commandOf(health)))) {
    const end = await Promise.race([ended, after(500)]);
    if (end !== undefined) throw failed(`the server ended with ${end} at its start.`);
    if (performance.now() - began > startMs) throw failed(`the server is not healthy within ${startMs / 1000} s.`);
  }
  console.log(`# healthy after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  server.kill('SIGTERM');
  const end = await Promise.race([ended, after(STOP_MS, 'no end')]);
  if (end !== '0') throw failed(`the server, asked to stop, came to ${end}.`);
}

/**
 * @param {Place} place
 * @param {readonly string[]} command
 * @returns {Promise<boolean>}
 */
function succeeds(place, command) {
  return new Promise((resolve) => spawnInside(place, command).once('exit', (code) => resolve(code === 0)));
}

/** @param {string} message */
function failed(message) {
  return new SetupError(`of the image, ${message}`, 'See its output above.');
}

/**
 * @param {string} name
 * @param {string} text
 */
function unknown(name, text) {
  return new SetupError(
    `"${name} ${text}" is not understood here.`,
    'Teach it to scripts/setup/image, or write it otherwise.',
  );
}
