import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock } from '@amphi/base';
import { startTurnServer, type TurnServer, waitFor } from '@amphi/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseIceUrl } from '../../src/settings/ice-url.ts';
import { checkTurn, type TurnFinding } from '../../src/turn/check-turn.ts';
import { turnCredentials } from '../../src/turn/ice-servers.ts';
import { tryRelay } from '../../src/turn/turn-client.ts';

/** Against Debian's coturn: what it accepts of ours, and what is said when it does not. */

let coturn: TurnServer;

beforeAll(async () => {
  coturn = await startTurnServer({ peers: ['127.0.0.1'] });
});
afterAll(() => coturn?.stop());

async function check(
  urls: string | string[],
  options: { readonly secret?: string; readonly peers?: readonly string[]; readonly trusted?: boolean } = {},
): Promise<TurnFinding[]> {
  return checkTurn({
    rtc: { iceServers: [], turn: [{ urls, secret: options.secret ?? coturn.secret, lifetimeS: 600 }] },
    peers: options.peers ?? ['127.0.0.1'],
    clock: systemClock,
    ...(options.trusted === false ? {} : { ca: coturn.certificate }),
  });
}

async function overTls(url: string): Promise<TLSSocket> {
  const { host, port } = parseIceUrl(url)!;
  const socket = connectTls({ host, port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

/** PEM. */
function shownBy(socket: TLSSocket): string {
  return socket.getPeerX509Certificate()!.toString();
}

describe('TURN', () => {
  it('gives relays over UDP, TCP and TLS to credentials made from the secret (TURN1)', async () => {
    const { udp, tcp, tls } = coturn.urls;
    const findings = await check([udp, tcp, tls]);
    expect(findings).toEqual(
      [udp, tcp, tls].map((url) => ({ url, relayedAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })),
    );
  });

  it('is given a renewed certificate by a signal: connections go on, who comes then is shown the new one (TURN7)', async () => {
    const renewing = await startTurnServer();
    try {
      const before = await overTls(renewing.urls.tls);
      expect(shownBy(before)).toBe(renewing.certificate);
      const renewed = await renewing.renewCertificate();
      await waitFor('the new certificate', async () => {
        const socket = await overTls(renewing.urls.tls);
        const shown = shownBy(socket);
        socket.destroy();
        return shown === renewed;
      });
      before.write(Buffer.from('000100002112a442', 'hex'));
      before.write(Buffer.alloc(12, 1));
      const [answer] = (await once(before, 'data')) as [Buffer];
      expect(answer.readUInt16BE(0)).toBe(0x0101);
      before.destroy();
      const relay = await tryRelay(parseIceUrl(renewing.urls.tls)!, {
        credentials: turnCredentials({
          secret: renewing.secret,
          peerId: 'a-peer',
          expiresAtS: systemClock.now() / 1000 + 600,
        }),
        peers: [],
        timeoutMs: 10_000,
        ca: renewed,
      });
      expect(relay.relayedAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    } finally {
      await renewing.stop();
    }
  });

  it('refuses credentials that have expired, over each transport (TURN2)', async () => {
    const credentials = turnCredentials({
      secret: coturn.secret,
      peerId: 'late-peer',
      expiresAtS: systemClock.now() / 1000 - 1,
    });
    for (const url of Object.values(coturn.urls)) {
      const trial = tryRelay(parseIceUrl(url)!, {
        credentials,
        peers: [],
        timeoutMs: 10_000,
        ca: coturn.certificate,
      });
      await expect(trial).rejects.toMatchObject({ code: 'refused' });
    }
  });

  it('says what to do about a wrong secret', async () => {
    const [finding] = await check(coturn.urls.udp, { secret: 'not-the-secret-of-it' });
    expect(finding!.problem!.what).toContain('refuses the credentials');
    expect(finding!.problem!.remedy).toContain('static-auth-secret');
  });

  it('says so when relays may not reach the media workers', async () => {
    const [finding] = await check(coturn.urls.tcp, { peers: ['127.0.0.1', '192.0.2.1'] });
    expect(finding!.problem).toEqual({
      what: expect.stringMatching(/does not relay to 192\.0\.2\.1 \(403 .*\), where browsers/),
      remedy: 'In its configuration allow allowed-peer-ip=192.0.2.1.',
    });
  });

  it('says so when nothing listens, on each transport', async () => {
    const [port, closed] = await closedPort();
    for (const url of [`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`, `turns:127.0.0.1:${port}`]) {
      const [finding] = await check(url);
      expect(finding!.problem!.what, url).toContain('cannot be reached');
      expect(finding!.problem!.remedy, url).toContain(`port ${port}`);
    }
    await closed();
  });

  it('says so when the certificate is not trusted', async () => {
    const [finding] = await check(coturn.urls.tls, { trusted: false });
    expect(finding!.problem!.what).toMatch(/TLS fails: self-signed certificate/);
    expect(finding!.problem!.remedy).toContain('certificate');
  });

  it('says so when something else listens', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const [tcp] = await check(`turn:127.0.0.1:${port}?transport=tcp`);
    expect(tcp!.problem!.what).toMatch(/no TURN server|closes the connection/);
    const [tls] = await check(`turns:127.0.0.1:${port}`);
    expect(tls!.problem!.what).toMatch(/TLS fails/);
    other.close();
  });

  it('says so when the name does not exist', async () => {
    const [finding] = await check('turn:nowhere.invalid');
    expect(finding!.problem!.what).toContain('nowhere.invalid has no address');
  });
});

/** A port where nothing is, held by a socket of another protocol family while the test runs. */
async function closedPort(): Promise<[number, () => Promise<void>]> {
  const holder = createSocket('udp6');
  holder.bind({ port: 0, address: '::1', exclusive: true });
  await once(holder, 'listening');
  const { port } = holder.address();
  return [
    port,
    async () => {
      holder.close();
      await once(holder, 'close');
    },
  ];
}
