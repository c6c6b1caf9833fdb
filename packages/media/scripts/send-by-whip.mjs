import { Dictionary, FFmpegError, FormatContext, Packet } from 'node-av';

/**
 * Sends a file in real time by FFmpeg's own WHIP, as it is (H.264 without B-frames, Opus): an encoder by other people's
 * hands, for tests. Ends with the file, by DELETE.
 *
 *   node packages/media/scripts/send-by-whip.mjs <file> <url> <stream key or token>
 */

const [file, url, authorization] = process.argv.slice(2);
if (!file || !url || !authorization) throw new Error('needed are a file, a URL, and a stream key or token');

const input = new FormatContext();
input.allocContext();
FFmpegError.throwIfError(await input.openInput(file), 'open the file');
FFmpegError.throwIfError(await input.findStreamInfo(null), 'read the file');
const output = new FormatContext();
FFmpegError.throwIfError(output.allocOutputContext2(null, 'whip', url), 'have WHIP');
for (const from of input.streams) {
  const to = output.newStream(null);
  FFmpegError.throwIfError(from.codecpar.copy(to.codecpar), 'copy a stream');
  to.codecpar.codecTag = 0;
  to.timeBase = from.timeBase;
}
FFmpegError.throwIfError(await output.writeHeader(Dictionary.fromObject({ authorization })), 'connect');

const began = performance.now();
const packet = new Packet();
packet.alloc();
while ((await input.readFrame(packet)) >= 0) {
  const { timeBase } = input.streams[packet.streamIndex];
  const dueMs = (Number(packet.dts) * timeBase.num * 1000) / timeBase.den;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - (performance.now() - began))));
  packet.rescaleTs(timeBase, output.streams[packet.streamIndex].timeBase);
  FFmpegError.throwIfError(await output.interleavedWriteFrame(packet), 'send');
}
await output.writeTrailer();
process.exit(0);
