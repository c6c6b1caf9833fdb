import type { $ZodType, $ZodTypes } from 'zod/v4/core';

/** Where a value can be wrong, as its schema says. */
export interface SchemaPlace {
  /** Members and indexes, outermost first. */
  readonly path: readonly (string | number)[];
  /** The sample has a value there. */
  readonly isSampled: boolean;
}

/**
 * Every field, element and entry that a schema has, nested ones too, in the order in which it names them.
 * @param sample a value that has all of them: of a list and of a record one is enough
 * @throws Error for a kind of schema that it does not know
 */
export function* placesOf(
  schema: $ZodType,
  sample: unknown,
  path: readonly (string | number)[] = [],
): Generator<SchemaPlace> {
  const { def } = (schema as $ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'nullable':
    case 'catch':
      yield* placesOf(def.innerType, sample, path);
      return;
    case 'object':
      for (const [key, field] of Object.entries(def.shape)) yield* within(field, sample, path, key);
      return;
    case 'array':
      yield* within(def.element, sample, path, 0);
      return;
    case 'record':
      yield* within(def.valueType, sample, path, Object.keys(Object(sample))[0] ?? 'any');
      return;
    case 'union':
    case 'enum':
    case 'literal':
    case 'string':
    case 'number':
    case 'boolean':
    case 'unknown':
      return;
    default:
      throw new Error(`${path.join('.')}: what is in a ${def.type} is not known`);
  }
}

function* within(
  schema: $ZodType,
  sample: unknown,
  path: readonly (string | number)[],
  key: string | number,
): Generator<SchemaPlace> {
  const value = (Object(sample) as Record<string | number, unknown>)[key];
  const here = [...path, key];
  yield { path: here, isSampled: value !== undefined };
  yield* placesOf(schema, value, here);
}

/** The value with another one at that place; undefined: without it. */
export function changedAt(value: unknown, [key, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (key === undefined) return to;
  const change = (inner: unknown): unknown => changedAt(inner, rest, to);
  if (Array.isArray(value)) return value.map((one: unknown, index) => (index === key ? change(one) : one));
  const { [key]: inner, ...others } = value as Record<string | number, unknown>;
  const changed = change(inner);
  return changed === undefined ? others : { ...others, [key]: changed };
}
