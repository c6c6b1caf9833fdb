import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The link by which someone with this room code joins. */
export function joinLink(baseUrl: string, code: string): string {
  return `${baseUrl}/meeting/${code}`;
}

/** The dashboard; with a code, the link that signs in once. */
export function dashboardLink(baseUrl: string, code?: string): string {
  return code === undefined ? `${baseUrl}/dashboard/` : `${baseUrl}/dashboard/sign-in?code=${code}`;
}

/** By which somebody gets an account for the dashboard, once. */
export function invitationLink(baseUrl: string, code: string): string {
  return `${baseUrl}/dashboard/invitation?code=${code}`;
}

/** What is printed at the start, and written to `links.json` in the data directory for scripts. */
export interface StartLinks {
  /** Base URL of the server, without a slash at the end. */
  readonly url: string;
  /** The same for programs of this machine: plain HTTP over loopback, whatever people use. */
  readonly local: string;
  /** With the one-time sign-in while there is one. */
  readonly dashboard: string;
  /** Join links of the ready-made app's room by role. */
  readonly rooms: Readonly<Record<string, string>>;
}

/**
 * Readable for the account that runs the server only: the links let in whoever has them. Scripts that wait for the file
 * never see half of it.
 * @param now Unix time in milliseconds, written as `writtenAt`
 */
export async function writeLinks(dataDir: string, links: StartLinks, now: number): Promise<void> {
  const path = join(dataDir, 'links.json');
  const text = `${JSON.stringify({ ...links, writtenAt: now }, null, 2)}\n`;
  await rm(`${path}.new`, { force: true });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The block for a person at a terminal. */
export function describeLinks(links: StartLinks): string {
  const lines: [string, string | undefined][] = [
    ['Dashboard', links.dashboard],
    ['Broadcaster', links.rooms.broadcaster],
    ['Viewer', links.rooms['hls-viewer']],
  ];
  const note = links.dashboard.includes('?code=') ? '\n  The dashboard link signs you in once, within a day.\n' : '';
  const shown = lines.filter(([, link]) => link !== undefined);
  return `\n  Amphi is ready.\n\n${shown.map(([name, link]) => `  ${name.padEnd(12)} ${link}\n`).join('')}${note}\n`;
}
