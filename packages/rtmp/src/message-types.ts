/** Types of messages (Adobe RTMP 1.0, 5.4, 6.2 and 7.1). */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowSize: 5,
  peerBandwidth: 6,
  audio: 8,
  video: 9,
  /** A command whose arguments may be in AMF 3, after a byte that is 0. */
  command3: 17,
  data: 18,
  command: 20,
} as const;

/** Of the protocol (5.2.2). */
export const VERSION = 3;
/** C1, S1, C2, S2 each (5.2.3). */
export const HANDSHAKE_BYTES = 1536;
