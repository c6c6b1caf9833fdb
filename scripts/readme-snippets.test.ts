import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Whoever copies an example out of a README of ours gets what compiles: strictly, against the packages as they are. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BLOCK = /^```(tsx?)\n([\s\S]*?)^```$/gm;

/** What the reader has already: names that the examples of a README take for granted. */
const GIVEN: Readonly<Record<string, string>> = {
  client: `
    import {
      BLOCKED_USERS, CHAT_STATE, type ChatMessage, HIDDEN_MESSAGES, PINNED_MESSAGES, readValue, type Session, SPOTLIGHT,
    } from '@amphi/client';
    declare function render(state: unknown): void;
    declare const userId: string;
    declare const message: ChatMessage;
    declare const videoElement: HTMLVideoElement;
    declare const session: Session;
    declare function startMyEffect(
      track: MediaStreamTrack, options: { onBroken: (error: unknown) => void },
    ): Promise<{ track: MediaStreamTrack; end(): void }>;`,
  player: `
    declare const closeButton: HTMLButtonElement;
    declare function showButton(press: () => unknown): void;
    declare function showFailure(error: unknown, retry: () => unknown): void;`,
  media: 'declare const frame: Uint8Array;',
  mp4: 'declare const encoderExtraData: Uint8Array; declare const accessUnit: Uint8Array;',
  rooms: `
    import { createSession, joinPeer, visibleTracks } from '@amphi/rooms';
    declare const settings: Parameters<typeof createSession>[0];
    declare const [peerId, userId, identity, bearer]: [string, string, string, string];
    declare const now: number;
    declare const sockets: Map<string, { send(notification: object): void }>;
    declare const media: Map<string, { setVisible(tracks: ReturnType<typeof visibleTracks>): void }>;`,
  rtmp: `
    declare const socket: { write(bytes: Uint8Array): void; on(event: 'data', listener: (data: Uint8Array) => void): void };
    declare const [avcConfig, keyframe]: [Uint8Array, Uint8Array];`,
  rtp: 'declare function decode(frames: unknown): void;',
  sdp: `
    import type { LocalTransport, RtpCapabilities } from '@amphi/sdp';
    declare const text: string;
    declare const capabilities: RtpCapabilities;
    declare const transport: LocalTransport;`,
  sfu: `
    import type { Logger } from '@amphi/base';
    import type { PublishableTrack } from '@amphi/sfu';
    declare const logger: Logger;
    declare const [sessionId, peerId, other, sdp, trackId]: [string, string, string, string, string];
    declare const port: number;
    declare const tracks: ReadonlyMap<string, PublishableTrack>;
    declare function send(sdp: string): void;
    declare function handle(text: string): void;`,
  signaling: `
    import { silentLogger as logger, systemClock as clock } from '@amphi/base';
    import { readNotification, type Roster, rosterAfter, SignalingConnection, type Socket, type SocketListener, socketUrl, type Visitor } from '@amphi/signaling';
    declare const [endpoint, selfId]: [string, string];
    declare const visitor: Visitor;
    declare function openSocket(url: string, listener: SocketListener): Socket;
    declare let roster: Roster;`,
  ui: `
    import { applyStoredTheme, Button, Field, IconButton, TextInput, UiProvider } from '@amphi/ui';
    import { MicOff } from 'lucide-react';
    import { createRoot } from 'react-dom/client';
    declare const root: HTMLElement;
    declare const [error, name]: [string, string];
    declare const [saving, muted]: [boolean, boolean];
    declare function setName(name: string): void;
    declare function save(): void;
    declare function toggle(): void;`,
};

/** Imports of the reader's are told apart from those of a block by line: they stand first, and once. */
function snippets(): { readonly name: string; readonly text: string }[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) => {
    const readme = join(ROOT, 'packages', name, 'README.md');
    const blocks = existsSync(readme) ? [...readFileSync(readme, 'utf8').matchAll(BLOCK)] : [];
    return blocks.map(([, kind, code = ''], index) => {
      const own = new Set([...code.matchAll(/^(?:export )?(?:const|let|function) (\w+)/gm)].map(([, word]) => word));
      const given = (GIVEN[name] ?? '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => {
          const declared = /^declare (?:const|let|function) (\w+)/.exec(line)?.[1];
          return declared === undefined || !own.has(declared);
        })
        .join('\n');
      return { name: `${name}-${index + 1}.${kind}`, text: `${given}\n${code}\nexport {};\n` };
    });
  });
}

it('examples of the READMEs compile', async () => {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'snippets-'));
  try {
    const all = snippets();
    expect(all.length).toBeGreaterThan(12);
    for (const { name, text } of all) writeFileSync(join(folder, name), text);
    const config = {
      extends: join(ROOT, 'tsconfig.web.json'),
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
      include: [],
      files: all.map(({ name }) => name),
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const output = await promisify(execFile)(tsc, ['-p', folder], { cwd: ROOT }).then(
      () => '',
      (failure: { stdout?: string; message: string }) => failure.stdout || failure.message,
    );
    const ofSnippets = output.split('\n').filter((line) => line.includes('snippets-') || !line.includes('error TS'));
    expect(ofSnippets.join('\n').trim()).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
