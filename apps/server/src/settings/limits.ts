import * as z from 'zod';

/**
 * What one of many may cost, all in one place. Each row has its reason in `docs/specs/budgets.md`; a test compares the
 * defaults there with these.
 */

const amount = z.number().positive().max(1e12);

/** Open things at a time. */
const count = (most: number) => z.int().min(1).max(1e9).default(most);

/** `perSecond` in the long run, `burst` at once. */
const rate = (perSecond: number, burst: number) =>
  z.strictObject({ perSecond: amount.default(perSecond), burst: amount.default(burst) }).prefault({});

export const limitsSchema = z
  .strictObject({
    /** TLS handshakes of one address, where the server speaks HTTPS itself. */
    handshakesPerAddress: rate(50, 3_000),
    /** Connections of one address to the ports of HTTP and HTTPS, in whatever state. */
    connectionsPerAddress: count(6_000),
    /** Attempts to sign in, or to change a password, by one address. */
    signInsPerAddress: rate(0.1, 5),
    /** Attempts to sign in that failed, of all addresses together. */
    failedSignIns: rate(2, 20),
    /** Room codes that do not exist, asked for by one address. */
    wrongCodesPerAddress: rate(1, 30),
    /** Tokens that are not accepted, shown by one address over HTTP or signaling. */
    wrongTokensPerAddress: rate(1, 60),
    /** Tokens given for one room code to one address. */
    tokensPerCrowd: rate(5, 1_500),
    /** Operations of REST v2 for one workspace, by tokens and by the dashboard together. */
    restRequestsPerWorkspace: rate(100, 2_000),
    /** Milliseconds for which a refusal at the doors is held back: of one guess, or one coming, too many. */
    refusalDelayMs: z.int().min(0).max(10_000).default(1_000),
    /** Peers, previews among them, that are there or may still come back. */
    peersPerToken: count(4),
    peersPerAddress: count(1_500),
    peersPerRole: count(2_500),
    peersPerRoom: count(3_000),
    /** Of a room whose `size` is above `peersPerRole`: its bounds follow it, up to here. */
    peersPerLargeRoom: count(20_500),
    peersPerServer: count(25_000),
    /** Media connections by which one address finds out how it reaches the workers; a run makes up to five. */
    diagnosticsPerAddress: rate(1, 60),
    /** Those of all that are there at a time, for some seconds each. */
    diagnosticsAtOnce: count(100),
    /** Peers of a room that are listed to each other though they are not on stage; the rest of the audience is numbers. */
    listedPeersPerRoom: count(500),
    /**
     * Messages by one token, and their bytes. What is beyond is refused unread. The same, and what follows, of a crowd: all
     * who came by one room code from one address.
     */
    messagesPerToken: rate(60, 240),
    messagesPerCrowd: rate(500, 15_000),
    messageBytesPerToken: rate(65_536, 1_048_576),
    messageBytesPerCrowd: rate(1_048_576, 33_554_432),
    /** Messages beyond that, and their bytes, are borne before the connection is closed. */
    excessMessagesPerToken: rate(20, 600),
    excessMessagesPerCrowd: rate(200, 6_000),
    excessBytesPerToken: rate(65_536, 4_194_304),
    excessBytesPerCrowd: rate(262_144, 33_554_432),
    /** Seconds for which a token whose connection was closed for a flood is not let in; twice as long each further time. */
    floodPenaltySeconds: count(10),
    /** Chat messages by one token. */
    chatPerToken: rate(10, 40),
    chatPerCrowd: rate(50, 500),
    /** Bytes that others are told because of one token: chat, names, metadata. */
    toldBytesPerToken: rate(16_384, 131_072),
    toldBytesPerCrowd: rate(65_536, 1_048_576),
    /** Bytes that one token draws on whiteboards. */
    drawnBytesPerToken: rate(32_768, 1_048_576),
    drawnBytesPerCrowd: rate(65_536, 2_097_152),
    /** Bytes that others are told of a whole room: what each of its listeners has to take. */
    toldBytesPerRoom: rate(131_072, 2_097_152),
    /** The same times those who are told: what the server has to send. */
    sentBytesPerRoom: rate(16_777_216, 67_108_864),
    /** Offers of one token: each is work for a media worker. */
    offersPerToken: rate(2, 100),
    offersPerCrowd: rate(20, 1_000),
    /** Bytes of names and metadata in one room; beyond them each peer still has 1 KiB. */
    metadataBytesPerRoom: count(2_097_152),
    /** Bytes that wait for one receiver, which is given up beyond them. */
    unsentBytesPerPeer: count(33_554_432),
    /** Starts of a live stream in one room. */
    streamStartsPerRoom: rate(0.05, 6),
    /** Timed metadata: each is a change of all playlists, that every viewer reads. */
    streamMessagesPerRoom: rate(2, 20),
    /** Reports of clients that something failed: each is a row of the history for 30 days. */
    reportsPerRoom: rate(1, 300),
    /** Answers to how a session in one room was: each looks up who was there. */
    feedbackPerRoom: rate(5, 3_000),
    /** Reports of how media fare, of what is sent and of what is received; clients make both each minute. */
    qualityReportsPerToken: rate(0.1, 8),
    /** Live streams at a time, each with a process of its own; those that drain included. */
    liveStreams: count(4),
    /** Encoders that send in by RTMP at a time, each with a process of its own. */
    rtmpEncoders: count(8),
    /** RTMP connections of one address, those that do not send yet included. */
    rtmpConnectionsPerAddress: count(16),
    /** Requests of players that wait for a part or a segment of one stream. */
    waitingPerStream: count(20_000),
    /** The same on one connection; HTTP/2 puts a whole browser on one. */
    waitingPerConnection: count(24),
    /** The same on one connection for one rendition of a stream. */
    waitingPerConnectionAndRendition: count(6),
    /** The same of one address, for all streams. */
    waitingPerAddress: count(3_000),
  })
  .prefault({});

export type Limits = z.infer<typeof limitsSchema>;
