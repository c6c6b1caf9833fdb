/** One kind of playlist line. `value` is the text behind the colon, empty for tags without one. */
export interface Tag<T> {
  readonly name: string;
  /** @throws HlsError `malformed` */
  parse(value: string): T;
  serialize(value: T): string;
}

/** The whole line of a tag. */
export function tagLine<T>(tag: Tag<T>, value: T): string {
  const text = tag.serialize(value);
  return text === '' ? `#${tag.name}` : `#${tag.name}:${text}`;
}

/** A tag whose presence is all it says. */
export function flagTag(name: string): Tag<true> {
  return { name, parse: () => true, serialize: () => '' };
}
