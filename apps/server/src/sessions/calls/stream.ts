import type { Handlers } from './context.ts';

export const streamCalls: Handlers<'hls-start' | 'hls-stop' | 'hls-composition' | 'hls-timed-metadata'> = {
  'hls-start': async ({ session, link }) => {
    await session.stream.start({ peerId: link.peerId });
  },
  'hls-stop': async ({ session, link }) => {
    await session.stream.stop({ peerId: link.peerId });
  },
  'hls-timed-metadata': ({ session, link }, { metadata_objs: messages }) =>
    session.stream.sendTimedMetadata(messages, { peerId: link.peerId }),
  'hls-composition': ({ session, link }, change) => {
    session.stream.recompose(change, { peerId: link.peerId });
  },
};
