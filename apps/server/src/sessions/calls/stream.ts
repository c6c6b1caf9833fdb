import type { RecordingKind } from '@amphi/rooms';
import type { Handlers } from './context.ts';

/** As clients name what is recorded. */
const RECORDED: Readonly<Record<'Browser' | 'HLS', RecordingKind>> = { Browser: 'browser', HLS: 'hls' };

export const streamCalls: Handlers<
  | 'hls-start'
  | 'hls-stop'
  | 'hls-composition'
  | 'hls-timed-metadata'
  | 'rtmp-start'
  | 'rtmp-stop'
  | 'recording-pause'
  | 'recording-resume'
> = {
  'hls-start': async ({ session, link }, { hls_recording: recording, variants }) => {
    await session.outputs.stream.start({
      peerId: link.peerId,
      isRecorded: recording?.single_file_per_layer,
      hasVod: recording?.hls_vod,
      // Only the first matters (client protocol, 8).
      meetingUrl: variants?.[0]?.meeting_url,
    });
  },
  'hls-stop': async ({ session, link }) => {
    await session.outputs.stream.stop({ peerId: link.peerId });
  },
  'hls-timed-metadata': ({ session, link }, { metadata_objs: messages }) =>
    session.outputs.stream.sendTimedMetadata(messages, { peerId: link.peerId }),
  'hls-composition': async ({ session, link, answer }, wish) => {
    answer(await session.outputs.stream.compose(wish, { peerId: link.peerId }));
  },
  'rtmp-start': async ({ session, link }, { record, rtmp_urls: rtmpUrls, resolution, meeting_url: meetingUrl }) => {
    const kind = record && rtmpUrls.length === 0 ? 'recording' : 'external_stream';
    await session.outputs.beam.start({ peerId: link.peerId, kind, record, rtmpUrls, resolution, meetingUrl });
  },
  'rtmp-stop': async ({ session, link }) => {
    await session.outputs.beam.stop({ peerId: link.peerId });
  },
  'recording-pause': ({ session, link }, { type }) =>
    session.outputs.recorded(RECORDED[type]).setPaused(true, { peerId: link.peerId }),
  'recording-resume': ({ session, link }, { type }) =>
    session.outputs.recorded(RECORDED[type]).setPaused(false, { peerId: link.peerId }),
};
