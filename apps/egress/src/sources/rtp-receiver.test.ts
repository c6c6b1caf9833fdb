import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { NtpOffset, parseRtcp, SyncGroup } from '@amphi/rtp';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RtpReceiver } from './rtp-receiver.ts';

let sfu: Socket;
let receiver: RtpReceiver;

beforeEach(async () => {
  // Sockets are real; only the time between requests is the test's.
  vi.useFakeTimers({ toFake: ['performance'] });
  sfu = createSocket('udp4');
  sfu.bind(0, '127.0.0.1');
  await once(sfu, 'listening');
  receiver = new RtpReceiver({
    handlers: { onPacket: () => {}, onGap: () => {} },
    ntpOffset: new NtpOffset(),
    syncGroup: new SyncGroup(),
    maxWaitMs: 40,
  });
  await receiver.open('127.0.0.1');
  receiver.connect({
    remoteIp: '127.0.0.1',
    remotePort: sfu.address().port,
    ssrc: 77,
    payloadType: 101,
    rtxSsrc: undefined,
    rtxPayloadType: undefined,
    mimeType: 'video/VP8',
    clockRate: 90_000,
  });
});

afterEach(() => {
  receiver.close();
  sfu.close();
  vi.useRealTimers();
});

it('EG13: asks for a keyframe at once, and at most twice a second however often one is needed', async () => {
  for (let elapsedMs = 0; elapsedMs <= 2_000; elapsedMs += 10) {
    receiver.requestKeyframe();
    vi.advanceTimersByTime(10);
  }
  for (const at of [0, 500, 1_000, 1_500, 2_000]) {
    const [datagram] = (await once(sfu, 'message')) as [Buffer];
    expect(parseRtcp(datagram), `request at ${at} ms`).toMatchObject([{ type: 'pli', mediaSsrc: 77 }]);
  }
  const last = createSocket('udp4');
  last.send('no more', sfu.address().port, '127.0.0.1');
  const [datagram] = (await once(sfu, 'message')) as [Buffer];
  expect(datagram.toString()).toBe('no more');
  last.close();
});
