/** Whether two selected values show the same. */
export type IsEqual<T> = (a: T, b: T) => boolean;

/**
 * A reader of `select(read())` that gives the very same value until it has changed by `isEqual`:
 * what `useSyncExternalStore` needs of a snapshot.
 */
export function memoizeSelector<State, T>(
  read: () => State,
  select: (state: State) => T,
  isEqual: IsEqual<T>,
): () => T {
  let last: { readonly state: State; readonly value: T } | undefined;
  return () => {
    const state = read();
    if (last && last.state === state) return last.value;
    const value = select(state);
    last = { state, value: last && isEqual(last.value, value) ? last.value : value };
    return last.value;
  };
}

/** Equal members, one level deep: for selectors that make arrays or objects. */
export function shallowEqual<T>(a: T, b: T): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === Object.keys(b).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && Object.is(value, right[key]))
  );
}
