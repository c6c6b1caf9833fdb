import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ENABLED_FLAGS, methods, notifications, ON_DEMAND_FLAG } from '@amphi/protocol';
import { describe, expect, it } from 'vitest';

/** `docs/protocol.md`, the schemas and the public clients name the same messages. */

const page = readFileSync(new URL('../docs/protocol.md', import.meta.url), 'utf8');

/** Names in the first cells of the table below a heading. */
function namesUnder(heading: string): string[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const cells = section.split('\n## ')[0]!.match(/^\| `[^|]*\|/gm) ?? [];
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)).sort();
}

it('names each method of clients once', () => {
  expect(namesUnder('From clients')).toEqual(Object.keys(methods).sort());
});

it('names each notification of the server once', () => {
  expect(namesUnder('From the server')).toEqual(Object.keys(notifications).sort());
});

describe.each(['@100mslive/hms-video-store', '@100mslive/hms-video-store-0.14'])('of what %s knows', (name) => {
  const require = createRequire(new URL('../e2e/package.json', import.meta.url));
  const client = readFileSync(require.resolve(name), 'utf8');
  const found = (pattern: RegExp): string[] => [...new Set([...client.matchAll(pattern)].map(([, word]) => word!))];
  const missing = namesUnder('Not served');

  it('each method and each notification is served, or is said not to be', () => {
    const asked = found(/\.(?:call|internalCall|notify)\("([a-z-]+)"/g);
    const heard = found(/(?:case|===)"(on-[a-z-]+|sfu-stats)"/g);
    expect(asked.length).toBeGreaterThan(45);
    expect(heard.length).toBeGreaterThan(20);
    const served: readonly string[] = [...Object.keys(methods), ...Object.keys(notifications)];
    expect([...asked, ...heard].filter((word) => !served.includes(word)).sort()).toEqual(missing);
  });

  it('each flag is told by `/init`, or is said not to be', () => {
    const flags = found(/\.(?:FLAG_[A-Z_]+)="([A-Za-z]+)"/g);
    expect(flags).toContain(ON_DEMAND_FLAG);
    const told: readonly string[] = [...ENABLED_FLAGS, ON_DEMAND_FLAG];
    for (const flag of flags) expect([flag, told.includes(flag) || page.includes(`\`${flag}\``)]).toEqual([flag, true]);
  });
});
