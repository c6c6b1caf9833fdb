import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@amphi/base';
import { type EncodedH264, H264Encoder, pictureBytes, pictureOver, quietCodecLibrary } from '@amphi/media';
import { avcConfigFromAnnexB, sampleFromAnnexB } from '@amphi/mp4';
import type { EncoderEvent, EncoderThreadSettings, FrameMessage } from './messages.ts';

/** Thread of one rung: scales canvases to its size, encodes them, posts pictures with length-prefixed NAL units. */

const { ring, rung, frameRate, framesPerSegment, preset, frames } = workerData as EncoderThreadSettings;
const readers = new Int32Array(ring.readers);
const canvases = Array.from({ length: ring.slots }, (_, slot) =>
  pictureOver(ring.pixels, slot * pictureBytes(ring.width, ring.height), ring.width, ring.height),
);

function post(event: EncoderEvent, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(event, transfer);
}

quietCodecLibrary();
try {
  const encoder = new H264Encoder({
    width: rung.width,
    height: rung.height,
    frameRate,
    bitrateBps: rung.bitrateBps,
    preset,
    keyframeInterval: framesPerSegment,
  });
  post({ type: 'ready', avcConfig: avcConfigFromAnnexB(encoder.parameterSets).avcConfig });

  const send = (pictures: readonly EncodedH264[]): void => {
    for (const picture of pictures) {
      const { data } = sampleFromAnnexB(picture.data);
      post({ type: 'picture', tick: picture.tick, isKeyframe: picture.isKeyframe, data }, [data.buffer as ArrayBuffer]);
    }
  };
  const encode = (tick: number, keyframe: boolean, slot: number | undefined): void => {
    try {
      send(slot === undefined ? encoder.encodeAgain(tick, keyframe) : encoder.encode(canvases[slot]!, tick, keyframe));
    } catch (error) {
      post({ type: 'trouble', severity: 'fatal', code: 'encoder_failed', message: messageOf(error) });
    } finally {
      if (slot !== undefined) Atomics.sub(readers, slot, 1);
    }
  };

  frames.on('message', (message: FrameMessage) => {
    switch (message.type) {
      case 'frame':
        encode(message.tick, message.keyframe, message.slot);
        break;
      case 'repeat':
        encode(message.tick, message.keyframe, undefined);
        break;
      case 'end':
        frames.close();
        send(encoder.flush());
        encoder.close();
        post({ type: 'stopped' });
        break;
    }
  });
} catch (error) {
  post({ type: 'trouble', severity: 'fatal', code: 'encoder_failed', message: messageOf(error) });
}
