import type { SyntheticTrack } from '../rtp-peers/media.ts';

/** A forwarding server with one publisher and any number of receivers, all of them peers of one `PeerProcess`. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  publish(track: SyntheticTrack): Promise<void>;
  /** @param id of the peer */
  addReceiver(id: number): Promise<void>;
  /** What receivers and publisher agreed on. */
  readonly srtpProfile: string;
  close(): Promise<void>;
}

/** Id of the publishing peer; receivers count from 1. */
export const PUBLISHER_ID = 0;
