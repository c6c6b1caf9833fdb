import { silentLogger } from '@amphi/base';
import {
  AAC_FRAME_SAMPLES,
  AacEncoder,
  H264Encoder,
  OpusDecoder,
  pictureBytes,
  pictureOver,
  quietCodecLibrary,
  VideoDecoder,
} from '@amphi/media';
import { avcConfigFromAnnexB, nalTypeOf, sampleFromAnnexB, splitAnnexB } from '@amphi/mp4';
import { aacBody, aacHeader, avcBody, avcHeader, MESSAGE, type RtmpMessage } from '@amphi/rtmp';
import { describe, expect, it } from 'vitest';
import { EncoderMedia, type MediaTracks } from './encoder-media.ts';
import { encodedSize, isForBrowsers } from './video-path.ts';

quietCodecLibrary();

const FRAME_MS = 40;
const [WIDTH, HEIGHT] = [320, 180];
const TONE_HZ = 1000;

const message = (type: number, timestamp: number, body: Uint8Array): RtmpMessage => ({
  type,
  streamId: 1,
  timestamp: timestamp >>> 0,
  body,
});

/** Pictures of one grey each, as an encoder sends them from `from` on. */
function videoOf(options: {
  profile: 'baseline' | 'high';
  pictures: number;
  from?: number;
  gop?: number;
}): RtmpMessage[] {
  const { profile, pictures, from = 0, gop = 25 } = options;
  using encoder = new H264Encoder({
    ...{ width: WIDTH, height: HEIGHT, frameRate: 25, bitrateBps: 400_000, keyframeInterval: 1_000 },
    // The fastest preset makes nothing that baseline has not.
    ...{ preset: profile === 'high' ? 'superfast' : 'ultrafast', profile },
  });
  const picture = pictureOver(new ArrayBuffer(pictureBytes(WIDTH, HEIGHT)), 0, WIDTH, HEIGHT);
  const messages = [message(MESSAGE.video, from, avcHeader(avcConfigFromAnnexB(encoder.parameterSets).avcConfig))];
  for (let n = 0; n < pictures; n++) {
    picture.planes[0].fill(60 + n);
    for (const { data, isKeyframe } of encoder.encode(picture, n, n % gop === 0)) {
      messages.push(message(MESSAGE.video, from + n * FRAME_MS, avcBody(sampleFromAnnexB(data).data, isKeyframe)));
    }
  }
  return messages;
}

function audioOf(seconds: number, from = 0): RtmpMessage[] {
  using encoder = new AacEncoder({ bitrateBps: 96_000 });
  const messages = [message(MESSAGE.audio, from, aacHeader(encoder.audioSpecificConfig))];
  const samples = new Float32Array(AAC_FRAME_SAMPLES);
  for (let n = 0; n < (seconds * 48_000) / AAC_FRAME_SAMPLES; n++) {
    for (let i = 0; i < samples.length; i++) {
      samples[i] = 0.5 * Math.sin((2 * Math.PI * TONE_HZ * (n * AAC_FRAME_SAMPLES + i)) / 48_000);
    }
    const at = from + Math.round((n * AAC_FRAME_SAMPLES) / 48);
    for (const data of encoder.encode(samples, samples)) messages.push(message(MESSAGE.audio, at, aacBody(data)));
  }
  return messages;
}

const inOrder = (...streams: RtmpMessage[][]): RtmpMessage[] =>
  streams.flat().sort((a, b) => (a.timestamp - b.timestamp) | 0);

interface Sent {
  readonly tracks: MediaTracks[];
  readonly video: { readonly data: Uint8Array; readonly ms: number; readonly isKeyframe: boolean }[];
  readonly audio: { readonly data: Uint8Array; readonly position: number }[];
  isClosed: boolean;
}

/** @param messages each is there before the next, as of an encoder that is kept up with */
function sendIn(messages: readonly RtmpMessage[]): Sent {
  const sent: Sent = { tracks: [], video: [], audio: [], isClosed: false };
  const media = new EncoderMedia({
    open: (tracks) => {
      sent.tracks.push(tracks);
      return {
        sendVideo: (data, ms, isKeyframe) => sent.video.push({ data, ms, isKeyframe }),
        sendAudio: (data, position) => sent.audio.push({ data, position }),
        close: () => {
          sent.isClosed = true;
        },
      };
    },
    logger: silentLogger,
  });
  for (const each of messages) media.take([each]);
  media.close();
  return sent;
}

describe('what an encoder sends', () => {
  it('ING15: H.264 of the constrained baseline profile goes on as it is, its sets before each keyframe', () => {
    const messages = inOrder(videoOf({ profile: 'baseline', pictures: 30 }), audioOf(1.2));
    const { tracks, video, isClosed } = sendIn(messages);
    expect(tracks).toMatchObject([{ video: { width: WIDTH, height: HEIGHT }, audio: true }]);
    expect(video.map(({ ms }) => ms)).toEqual(Array.from({ length: 30 }, (_, n) => n * FRAME_MS));
    expect(video.flatMap(({ isKeyframe }, n) => (isKeyframe ? [n] : []))).toEqual([0, 25]);
    const nalTypes = splitAnnexB(video[25]!.data).map(nalTypeOf);
    expect(nalTypes.slice(0, 2)).toEqual([7, 8]);
    expect(isClosed).toBe(true);
  });

  it('ING15: other H.264 is encoded anew, in that profile, with a keyframe each 2 s', () => {
    const messages = inOrder(videoOf({ profile: 'high', pictures: 120, gop: 1_000 }), audioOf(4.8));
    const { tracks, video } = sendIn(messages);
    const sets = tracks[0]!.video!.parameterSets;
    expect(isForBrowsers({ profile: sets[5]!, constraints: sets[6]! })).toBe(true);
    const keyframes = video.filter(({ isKeyframe }) => isKeyframe).map(({ ms }) => ms);
    expect(keyframes).toEqual([keyframes[0], keyframes[0]! + 2_000, keyframes[0]! + 4_000]);
    using decoder = new VideoDecoder('h264');
    for (const { data, ms } of video) {
      for (const decoded of decoder.decode(data, ms)) {
        using kept = decoded;
        // Each grey is at its own time still; encoding twice leaves it about as it was.
        expect(Math.abs(kept.picture.planes[0][0]! - (60 + ms / FRAME_MS))).toBeLessThan(8);
      }
    }
    expect(video.length).toBeGreaterThan(100);
  });

  it('ING15: AAC becomes Opus, without a gap, also where timestamps wrap', async () => {
    const from = 2 ** 32 - 1_000;
    const { audio, tracks } = sendIn(audioOf(3, from));
    expect(tracks).toEqual([{ audio: true }]);
    expect(audio.map(({ position }) => position)).toEqual(audio.map((_, n) => n * 960));
    expect(audio.length).toBeGreaterThan(140);
    using decoder = await OpusDecoder.create();
    const heard = audio.slice(50).flatMap(({ data }) => [...decoder.decode(data).left]);
    const crossings = heard.filter((sample, i) => i > 0 && heard[i - 1]! < 0 && sample >= 0).length;
    expect(crossings / (heard.length / 48_000)).toBeCloseTo(TONE_HZ, -1);
  });

  it('ING15: a gap in the sound stays one', () => {
    const { audio } = sendIn(inOrder(audioOf(2), audioOf(1, 5_000).slice(1)));
    const steps = audio.slice(1).map(({ position }, n) => position - audio[n]!.position);
    expect(steps.filter((step) => step !== 960)).toHaveLength(1);
    expect(Math.max(...steps)).toBeGreaterThan(2.5 * 48_000);
  });

  it('ING15: other pictures than 8-bit 4:2:0 end it, whatever sound comes between', () => {
    // As x264 says of 4:4:4, which GStreamer's `x264enc` makes of a test picture.
    const config = '01f4000affe1001767f4000a919b2884d808800000030080000019078912cb01000668ebe3c44844';
    const video = message(MESSAGE.video, 500, avcHeader(Buffer.from(config, 'hex')));
    const refusal = /pictures of 8 bits, 4:4:4; taken: 8 bits, 4:2:0/;
    expect(() => sendIn(inOrder([video], audioOf(2)))).toThrow(refusal);
    // After a stream that was taken, too.
    const before = videoOf({ profile: 'baseline', pictures: 10 });
    expect(() => sendIn(inOrder(before, [video], audioOf(1)))).toThrow(refusal);
  });

  it('ING16: damaged pictures are left out, until the next keyframe', () => {
    const messages = videoOf({ profile: 'baseline', pictures: 60 });
    const broken = messages.map((each, n) =>
      n === 40 ? { ...each, body: Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 9, 9, 1) } : each,
    );
    const { video } = sendIn(broken);
    expect(video.map(({ ms }) => ms / FRAME_MS)).toEqual([
      ...Array.from({ length: 39 }, (_, n) => n),
      ...Array.from({ length: 10 }, (_, n) => 50 + n),
    ]);
  });
});

it('ING15: larger pictures are made smaller, in their shape', () => {
  expect(encodedSize({ width: 1280, height: 720 })).toEqual({ width: 1280, height: 720 });
  expect(encodedSize({ width: 3840, height: 2160 })).toEqual({ width: 1920, height: 1080 });
  expect(encodedSize({ width: 2160, height: 3840 })).toEqual({ width: 1080, height: 1920 });
  expect(encodedSize({ width: 641, height: 361 })).toEqual({ width: 640, height: 360 });
});
