import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** npm keeps neither of these in a package under its own name. */
const RENAMED = { _gitignore: '.gitignore', '_package.json': 'package.json' };

/** What the person at the keyboard can mend. */
export class CreateAppError extends Error {}

/**
 * Makes the folder of a new app.
 * @param {readonly string[]} args the folder's path, alone
 * @param {string} cwd
 * @returns {string} the folder as it was given
 * @throws {CreateAppError} without one path, or when something is there
 */
export function createApp(args, cwd) {
  const [folder, ...more] = args;
  if (folder === undefined || folder.startsWith('-') || more.length > 0) {
    throw new CreateAppError('Usage: npm create @amphi/app <folder>');
  }
  const target = resolve(cwd, folder);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new CreateAppError(`${folder} is not empty: choose a folder that is new or empty.`);
  }
  mkdirSync(target, { recursive: true });
  cpSync(join(PACKAGE, 'dist/template'), target, { recursive: true });
  for (const [from, to] of Object.entries(RENAMED)) renameSync(join(target, from), join(target, to));
  nameApp(join(target, 'package.json'), basename(target));
  return folder;
}

/**
 * Gives the app its name, and our packages of the version of this one: they are published together.
 * @param {string} path of its package.json
 * @param {string} folder
 */
function nameApp(path, folder) {
  const { version } = readJson(join(PACKAGE, 'package.json'));
  const app = readJson(path);
  app.name = packageName(folder);
  for (const name of Object.keys(app.dependencies)) {
    if (name.startsWith('@amphi/')) app.dependencies[name] = version;
  }
  writeFileSync(path, `${JSON.stringify(app, null, 2)}\n`);
}

/**
 * @param {string} folder of any name
 * @returns {string} what npm takes as a name
 */
export function packageName(folder) {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'my-app' : name;
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
