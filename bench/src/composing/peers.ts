import { spawn } from 'node:child_process';
import { arrange, PICTURE_ALIGNMENT } from '@amphi/layout';
import { AUDIO_BITRATE_BPS, type Case, FRAME_RATE, GAP, KEYFRAME_INTERVAL, type Rung } from './cases.ts';
import type { Input } from './inputs.ts';

/** The same composition, without name plates, by others with the same encoder and its settings. @returns CPU seconds of the command */
export type Peer = (work: Case, inputs: readonly Input[]) => Promise<number>;

export const PEERS: Readonly<Record<string, Peer>> = {
  ffmpeg: (work, inputs) => cpuSecondsOf(['ffmpeg', ...ffmpegArguments(work, inputs)]),
  gstreamer: (work, inputs) => cpuSecondsOf(['gst-launch-1.0', ...gstreamerArguments(work, inputs)]),
};

const tilesOf = ({ canvas }: Case, inputs: readonly Input[]) =>
  arrange(
    inputs.map((_, i) => ({ id: String(i), kind: 'person' as const })),
    canvas,
    { layout: 'grid', tileAspectRatio: '16:9', gap: GAP, align: PICTURE_ALIGNMENT },
  );

function ffmpegArguments(work: Case, inputs: readonly Input[]): string[] {
  const { canvas, rungs } = work;
  const tiles = tilesOf(work, inputs);
  const [x0, y0] = [Math.min(...tiles.map(({ x }) => x)), Math.min(...tiles.map(({ y }) => y))];
  const scaled = tiles.map(({ width, height }, i) => `[${2 * i}:v]scale=${width}:${height}:flags=bilinear[t${i}]`);
  const places = tiles.map(({ x, y }) => `${x - x0}_${y - y0}`).join('|');
  const stacked =
    inputs.length === 1
      ? '[t0]null[s]'
      : `${tiles.map((_, i) => `[t${i}]`).join('')}xstack=inputs=${inputs.length}:layout=${places}:fill=black[s]`;
  const [, ...lower] = rungs;
  const graph = [
    ...scaled,
    stacked,
    `[s]pad=${canvas.width}:${canvas.height}:${x0}:${y0},split=${rungs.length}${rungs.map((_, i) => `[c${i}]`).join('')}`,
    '[c0]null[r0]',
    ...lower.map(({ width, height }, i) => `[c${i + 1}]scale=${width}:${height}:flags=area[r${i + 1}]`),
    `${inputs.map((_, i) => `[${2 * i + 1}:a]`).join('')}amix=inputs=${inputs.length}:normalize=0,alimiter[mix]`,
  ].join(';');
  const encode = (rung: Rung, index: number): string[] => [
    ...['-map', `[r${index}]`, '-c:v', 'libx264', '-threads', '1', '-preset', rung.preset, '-tune', 'zerolatency'],
    ...['-profile:v', 'high', '-b:v', String(rung.bitrateBps), '-maxrate', String(rung.bitrateBps)],
    ...['-bufsize', String(rung.bitrateBps), '-g', String(KEYFRAME_INTERVAL), '-bf', '0'],
    ...['-x264-params', 'scenecut=0:open-gop=0', '-pix_fmt', 'yuv420p', '-f', 'null', '-'],
  ];
  return [
    ...['-v', 'error', '-nostdin', '-filter_complex_threads', '1', '-filter_threads', '1'],
    ...inputs.flatMap(({ video, audio }) => ['-threads', '1', '-c:v', 'vp8', '-i', video, '-i', audio]),
    ...['-filter_complex', graph],
    ...rungs.flatMap(encode),
    ...['-map', '[mix]', '-c:a', 'aac', '-b:a', String(AUDIO_BITRATE_BPS), '-f', 'null', '-'],
  ];
}

function gstreamerArguments(work: Case, inputs: readonly Input[]): string[] {
  const { canvas, rungs } = work;
  const tiles = tilesOf(work, inputs);
  const raw = (size: { readonly width: number; readonly height: number }): string =>
    `video/x-raw,format=I420,width=${size.width},height=${size.height},framerate=${FRAME_RATE}/1`;
  const pads = tiles.flatMap(({ x, y, width, height }, i) => [
    `sink_${i}::xpos=${x}`,
    `sink_${i}::ypos=${y}`,
    `sink_${i}::width=${width}`,
    `sink_${i}::height=${height}`,
  ]);
  const queue = ['queue', 'max-size-buffers=4', '!'];
  const branches = rungs.flatMap((rung) => [
    ...['t.', '!', ...queue, 'videoscale', 'n-threads=1', '!', raw(rung), '!'],
    ...['x264enc', `speed-preset=${rung.preset}`, 'tune=zerolatency', 'threads=1', 'sliced-threads=false'],
    ...[`bitrate=${Math.round(rung.bitrateBps / 1000)}`, `key-int-max=${KEYFRAME_INTERVAL}`, 'bframes=0'],
    ...['option-string=scenecut=0:open-gop=0', '!', 'video/x-h264,profile=high', '!', 'fakesink', 'sync=false'],
  ]);
  const sources = inputs.flatMap(({ video, audio }, i) => [
    ...['filesrc', `location=${video}`, '!', 'ivfparse', '!', 'vp8dec', 'threads=1', '!', ...queue, `c.sink_${i}`],
    ...['filesrc', `location=${audio}`, '!', 'oggdemux', '!', 'opusparse', '!', 'opusdec', '!', 'audioconvert', '!'],
    ...['queue', '!', 'm.'],
  ]);
  return [
    ...[
      '-q',
      'compositor',
      'name=c',
      'background=black',
      'max-threads=1',
      ...pads,
      '!',
      raw(canvas),
      '!',
      'tee',
      'name=t',
    ],
    ...branches,
    ...[
      'audiomixer',
      'name=m',
      '!',
      'audioconvert',
      '!',
      'audioresample',
      '!',
      'audio/x-raw,rate=48000,channels=2',
      '!',
    ],
    ...['voaacenc', `bitrate=${AUDIO_BITRATE_BPS}`, '!', 'fakesink', 'sync=false'],
    ...sources,
  ];
}

/** User and system time, as the shell counts it. */
function cpuSecondsOf(command: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'bash', ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => {
      text += piece;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const times = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(text);
      if (code !== 0 || !times) reject(new Error(`${command[0]}: exit code ${code}\n${text.slice(-2000)}`));
      else resolve(Number(times[1]) + Number(times[2]));
    });
  });
}
