import type { CallTarget, Handlers } from './context.ts';

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
    await session.stream.start({
      peerId: link.peerId,
      isRecorded: recording?.single_file_per_layer,
      hasVod: recording?.hls_vod,
      // Only the first matters (client protocol, 8).
      meetingUrl: variants?.[0]?.meeting_url,
    });
  },
  'hls-stop': async ({ session, link }) => {
    await session.stream.stop({ peerId: link.peerId });
  },
  'hls-timed-metadata': ({ session, link }, { metadata_objs: messages }) =>
    session.stream.sendTimedMetadata(messages, { peerId: link.peerId }),
  'hls-composition': async ({ session, link, answer }, wish) => {
    answer(await session.stream.compose(wish, { peerId: link.peerId }));
  },
  'rtmp-start': async ({ session, link }, { record, rtmp_urls: rtmpUrls, resolution, meeting_url: meetingUrl }) => {
    const kind = record && rtmpUrls.length === 0 ? 'recording' : 'external_stream';
    await session.beam.start({ peerId: link.peerId, kind, record, rtmpUrls, resolution, meetingUrl });
  },
  'rtmp-stop': async ({ session, link }) => {
    await session.beam.stop({ peerId: link.peerId });
  },
  'recording-pause': ({ session, link }, { type }) =>
    recordedBy(session, type).setPaused(true, { peerId: link.peerId }),
  'recording-resume': ({ session, link }, { type }) =>
    recordedBy(session, type).setPaused(false, { peerId: link.peerId }),
};

function recordedBy({ stream, beam }: CallTarget, type: 'Browser' | 'HLS'): Pick<CallTarget['beam'], 'setPaused'> {
  return type === 'HLS' ? stream : beam;
}
