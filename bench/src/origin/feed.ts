import { IngestClient } from '@amphi/testkit';

export const STREAM = 's1';
export const RENDITION = 'v720';

/** Of 720p at 2.4 Mb/s. */
const PART_BYTES = 100_000;
const PART_SECONDS = 1 / 3;
const PARTS_PER_SEGMENT = 6;

/** A part by its place in the stream. */
export interface PartPlace {
  readonly msn: number;
  readonly part: number;
}

/** A stream that is fed by hand, a part at a time. */
export interface Feed {
  /** The part that `sendNext` sends: players are told of it before it is there. */
  next(): PartPlace;
  /** The one that was sent last. */
  last(): PartPlace;
  /** Resolves when the origin has it. */
  sendNext(): Promise<void>;
}

/** 720p with parts of 1/3 s, and a window as long as the server's, which is full already. */
export async function startFeed(url: string, token: string): Promise<Feed> {
  const client = new IngestClient({ ingestUrl: `${url}/ingest`, token, streamId: STREAM });
  const rendition = { codecs: 'avc1.64001F', bandwidthBps: 3_000_000, partTargetSeconds: PART_SECONDS };
  await client.attach({
    targetDurationSeconds: 2,
    playlistType: 'live',
    windowSegments: 6,
    renditions: [{ kind: 'video', id: RENDITION, ...rendition, width: 1280, height: 720, frameRate: 30 }],
  });
  await client.putInit(RENDITION, Buffer.alloc(800));
  let index = 0;
  const data = Buffer.alloc(PART_BYTES);
  const place = (at: number): PartPlace => ({
    msn: Math.floor(at / PARTS_PER_SEGMENT),
    part: at % PARTS_PER_SEGMENT,
  });
  const feed: Feed = {
    next: () => place(index),
    last: () => place(index - 1),
    async sendNext() {
      const { msn, part } = place(index);
      const startsAt = index * PART_SECONDS;
      await client.putPart(
        {
          renditionId: RENDITION,
          segment: msn,
          part,
          data,
          duration: PART_SECONDS,
          independent: part === 0,
          last: part === PARTS_PER_SEGMENT - 1,
          startsAt,
          endsAt: startsAt + PART_SECONDS,
        },
        0,
        1_793_000_000_000,
      );
      index++;
    },
  };
  for (let i = 0; i < 40; i++) await feed.sendNext();
  return feed;
}

export function playlistPath({ msn, part }: PartPlace): string {
  return `/hls/${STREAM}/${RENDITION}/index.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`;
}

export function partPath({ msn, part }: PartPlace): string {
  return `/hls/${STREAM}/${RENDITION}/part-${msn}.${part}.m4s`;
}
