import { join } from 'node:path';
import { takeLock } from './lock-file.mjs';

/**
 * Waits until nobody else works on what the set-up makes in this checkout.
 * @param {string} root of the checkout
 * @returns {Promise<() => void>} lets the next one in
 */
export function lockCheckout(root) {
  return takeLock(join(root, '.cache/set-up.lock'), (holder) =>
    console.log(`[set-up] waiting for another set-up of this checkout: ${holder}`),
  );
}
