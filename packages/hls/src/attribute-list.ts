import { malformed } from './errors.ts';
import { parseDecimal, parseInteger } from './numbers.ts';

/** `NAME=value` or `NAME="value"`, then a comma or the end (rfc8216bis, Attribute Lists). */
const ATTRIBUTE = /\s*([A-Z0-9-]+)=(?:"([^"\r\n]*)"|([^",\s][^",]*))(?:,|$)/y;

/**
 * An attribute list with typed reading. Getters of the form `x` throw `malformed` when the attribute is missing or of
 * another type; `optionalX` give undefined when it is missing.
 */
export class AttributeList {
  readonly #tag: string;
  readonly #values = new Map<string, { readonly text: string; readonly quoted: boolean }>();

  constructor(tag: string, text: string) {
    this.#tag = tag;
    ATTRIBUTE.lastIndex = 0;
    while (ATTRIBUTE.lastIndex < text.length) {
      const at = ATTRIBUTE.lastIndex;
      const match = ATTRIBUTE.exec(text);
      if (!match) throw malformed(`${tag}: no attribute can be read from ${JSON.stringify(text.slice(at, at + 40))}`);
      const name = match[1]!;
      if (this.#values.has(name)) throw malformed(`${tag}: attribute ${name} stands twice`);
      this.#values.set(name, { text: match[2] ?? match[3]!, quoted: match[2] !== undefined });
    }
  }

  get names(): Iterable<string> {
    return this.#values.keys();
  }

  /** Quoted or not. */
  raw(name: string): string | undefined {
    return this.#values.get(name)?.text;
  }

  optionalString(name: string): string | undefined {
    return this.#get(name, true);
  }

  string(name: string): string {
    return this.#required(name, this.optionalString(name));
  }

  optionalInteger(name: string): number | undefined {
    const text = this.#get(name, false);
    return text === undefined ? undefined : parseInteger(text, `${this.#tag} ${name}`);
  }

  integer(name: string): number {
    return this.#required(name, this.optionalInteger(name));
  }

  optionalDecimal(name: string): number | undefined {
    const text = this.#get(name, false);
    return text === undefined ? undefined : parseDecimal(text, `${this.#tag} ${name}`);
  }

  decimal(name: string): number {
    return this.#required(name, this.optionalDecimal(name));
  }

  optionalEnum<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.#get(name, false);
    if (text === undefined) return undefined;
    const found = allowed.find((value) => value === text);
    if (!found) throw malformed(`${this.#tag} ${name}: got ${text}, allowed ${allowed.join(', ')}`);
    return found;
  }

  /** YES is true; NO and absent are false. */
  yes(name: string): boolean {
    return this.optionalEnum(name, ['YES', 'NO']) === 'YES';
  }

  #get(name: string, quoted: boolean): string | undefined {
    const value = this.#values.get(name);
    if (value && value.quoted !== quoted) {
      throw malformed(`${this.#tag} ${name}: must ${quoted ? '' : 'not '}be quoted`);
    }
    return value?.text;
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw malformed(`${this.#tag}: attribute ${name} is missing`);
    return value;
  }
}

/** Joins attributes that are there: `attributes(['DURATION', '0.5'], ok && ['GAP', 'YES'])`. */
export function attributes(...pairs: readonly (readonly [name: string, value: string] | false | undefined)[]): string {
  return pairs
    .filter((pair) => pair !== false && pair !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** @throws HlsError `malformed` for text that cannot stand between quotes */
export function quoted(text: string): string {
  if (/["\r\n]/.test(text))
    throw malformed(`${JSON.stringify(text)}: quotes and line ends cannot stand in a quoted string`);
  return `"${text}"`;
}
