import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ readonly name: string, readonly dir: string, readonly uses: readonly string[] }} Workspace */

/** What the names of our own packages begin with. */
export const SCOPE = '@amphi/';

/**
 * Our packages and apps by name, each with those of ours that it declares as dependencies.
 * @param {string} root of the checkout
 * @returns {Map<string, Workspace>}
 */
export function readWorkspaces(root) {
  const dirs = ['packages', 'apps'].flatMap((folder) => {
    const path = join(root, folder);
    return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
  });
  const workspaces = dirs
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => {
      const { name, dependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
      const uses = Object.keys(dependencies).filter((dependency) => dependency.startsWith(SCOPE));
      return /** @type {const} */ ([name, { name, dir, uses }]);
    });
  return new Map(workspaces);
}

/**
 * A workspace and everything of ours that it needs, dependencies before dependants.
 * @param {ReadonlyMap<string, Workspace>} workspaces
 * @param {string} name
 * @returns {Workspace[]}
 */
export function withDependencies(workspaces, name) {
  /** @type {Set<Workspace>} */
  const found = new Set();
  /** @param {string} current @param {readonly string[]} path */
  const visit = (current, path) => {
    const workspace = workspaces.get(current);
    if (workspace === undefined)
      throw new Error(`${path.at(-1) ?? 'the build'} needs ${current}, which is no workspace`);
    if (path.includes(current))
      throw new Error(`packages depend on each other in a circle: ${[...path, current].join(' → ')}`);
    for (const dependency of workspace.uses) visit(dependency, [...path, current]);
    found.add(workspace);
  };
  visit(name, []);
  return [...found];
}
