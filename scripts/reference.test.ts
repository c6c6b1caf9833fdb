import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { referencePage } from './reference/page.mjs';
import { referencePages } from './reference/pages.mjs';

/** `docs/reference` says what the SDK exports, all of it, as it is now. */

let reference: ReturnType<typeof referencePages>;

beforeAll(() => {
  reference = referencePages();
}, 120_000);

describe('the reference of the SDK', () => {
  it('finds a comment above everything that is exported, and above each member of its classes', () => {
    const silent = [...reference.symbols].flatMap(([name, symbols]) =>
      symbols.flatMap((symbol) => [
        ...(symbol.doc === '' ? [`${name}: ${symbol.name}`] : []),
        ...symbol.undocumented.map((member) => `${name}: ${symbol.name}.${member}`),
      ]),
    );
    expect(silent).toEqual([]);
    expect([...reference.symbols.values()].every((symbols) => symbols.length > 10)).toBe(true);
  });

  it('is as `npm run reference` makes it', () => {
    for (const { path, text } of reference.pages) {
      expect(existsSync(path) && readFileSync(path, 'utf8') === text, `${basename(path)}: npm run reference`).toBe(
        true,
      );
    }
  });

  it('shows what a reader needs: no bodies, nothing private, types that are not written', () => {
    const client = reference.symbols.get('client') ?? [];
    const codeOf = (name: string): string => client.find((symbol) => symbol.name === name)?.code ?? '';
    expect(codeOf('createSession')).toBe('function createSession(options: SessionOptions): Session');
    expect(codeOf('HAND_RAISED')).toBe('const HAND_RAISED: "_handraise"');
    expect(codeOf('AuthTokenClaims')).toContain('room_id: string');
    const session = codeOf('Session');
    expect(session).toContain('  readonly events: Emitter<SessionEvents>;');
    expect(session).toContain('  leave(): void;');
    expect(session).not.toMatch(/#|private|return |constructor/);
    expect(codeOf('Polls')).not.toMatch(/handle\(|resync/);
  });

  it('has tags as a list, and hooks by themselves', () => {
    const symbol = { kind: 'function', undocumented: [] } as const;
    const page = referencePage('react', [
      { ...symbol, name: 'useThing', doc: 'A thing.\n@param id whose\n  it is\n@returns it\n@throws Error', code: 'x' },
      { ...symbol, name: 'makeThing', doc: 'Makes one.', code: 'y' },
    ]);
    expect(page).toContain('A thing.\n\n- `id`: whose it is\n- gives it\n- throws Error\n\n```ts\nx\n```');
    expect(page.indexOf('## Hooks')).toBeLessThan(page.indexOf('## Functions'));
    expect(page).toContain('- **Hooks**: [useThing](#usething)\n- **Functions**: [makeThing](#makething)');
  });
});
