/** How a source's RTP comes; the answer of `plain-subscribe` in the words of RTP. */
export interface SourceStream {
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly rtxSsrc: number | undefined;
  readonly rtxPayloadType: number | undefined;
  readonly mimeType: string;
  readonly clockRate: number;
}
