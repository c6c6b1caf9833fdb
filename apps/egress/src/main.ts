import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeIssues, type EgressStatus, egressCommand, type FinishedRecording } from '@amphi/protocol';
import { Job } from './jobs/job.ts';
import { createJsonLogger } from './json-logger.ts';
import type { DrawnTick } from './pipeline/messages.ts';
import { VOD_FOLDER } from './recordings/vod-files.ts';
import { TrackJob } from './tracks/track-job.ts';

/**
 * The egress program: one job over IPC, then its commands; ends with the job, or with its parent. With `measure` it says
 * what a stream costs on this machine; with `finalise FOLDER` it makes the files of a recording progressive and tells of them; with
 * `send-in` it brings an encoder's RTMP from its input into a room; with `open-page` it shows a web page, by its own commands over IPC.
 */

const logger = createJsonLogger('egress');
// Threads have copies of the environment, the codec library has the environment itself: SVT-AV1 tells errors alone.
process.env.SVT_LOG ??= '1';
let job: Job | TrackJob | undefined;

function report(status: EgressStatus): void {
  process.send?.(status);
}

/** Writes what each picture of the stream shows to a file, a line of JSON each. */
function tickLog(path: string | undefined): ((drawn: DrawnTick) => void) | undefined {
  if (!path) return undefined;
  const file = openSync(path, 'a');
  return ({ tick, capturedAt }) => writeSync(file, `${JSON.stringify({ tick, capturedAt })}\n`);
}

function handleCommand(message: unknown): void {
  const parsed = egressCommand.safeParse(message);
  if (!parsed.success) {
    logger.warn({ issues: describeIssues(parsed.error, message) }, 'malformed command');
    return;
  }
  const command = parsed.data;
  if (command.type === 'stop') void (job ? job.stop() : process.exit(0));
  else if (command.type !== 'job') {
    // What is recorded as it comes is drawn in no way, and has one output until it stops.
    if (!(job instanceof Job)) return;
    if (command.type === 'composition') job.recompose(command.composition);
    else if (command.type === 'page') job.showPage(command.tracks);
    else if (command.type === 'pictures') job.turn(command);
    else job.setOutputs(command.outputs);
  } else if (job) {
    logger.warn({ jobId: command.jobId }, 'a job came while there is one');
  } else if (command.rungs.length === 0) {
    const tracks = new TrackJob(command, { logger: logger.child({ jobId: command.jobId }) });
    job = tracks;
    tracks.on('status', report);
    tracks.on('done', ({ code }) => process.exit(code));
    tracks.run();
  } else {
    const composed = new Job(command, {
      onDrawn: tickLog(process.env.AMPHI_EGRESS_TICK_LOG),
      preset: process.env.AMPHI_EGRESS_PRESET || undefined,
      logger: logger.child({ jobId: command.jobId }),
    });
    job = composed;
    composed.on('status', report);
    composed.on('done', ({ code }) => process.exit(code));
    void composed.run();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The server stops its streams itself; a signal to the whole group must not cut them short.
  process.on(signal, () => logger.info({ signal }, 'waiting for the server to stop the stream'));
}
const [, , task, folder] = process.argv;
if (task !== 'open-page') {
  process.on('message', handleCommand);
  // A stream without its server would go on for nobody.
  process.on('disconnect', () => process.exit(2));
}
if (task === 'measure') {
  const { measureStream } = await import('./pipeline/measure-stream.ts');
  process.stdout.write(`${JSON.stringify(measureStream())}\n`);
} else if (task === 'finalise' && folder !== undefined) {
  const { finaliseRecording } = await import('./recordings/finalise.ts');
  const { finaliseVod } = await import('./recordings/finalise-vod.ts');
  const { finaliseTracks } = await import('./tracks/finalise-tracks.ts');
  const composed = await finaliseRecording(folder);
  const { files, emptyTracks } = await finaliseTracks(folder);
  const vod = await finaliseVod(join(folder, VOD_FOLDER));
  const finished: FinishedRecording = { files: [...composed, ...files], emptyTracks, ...(vod ? { vod } : {}) };
  process.stdout.write(`${JSON.stringify(finished)}\n`);
} else if (task === 'send-in') {
  const { sendIn } = await import('./sending-in/send-in.ts');
  const { AMPHI_SEND_IN_URL: url = '', AMPHI_SEND_IN_TOKEN: token = '' } = process.env;
  process.exit(await sendIn({ input: process.stdin, url, token, logger }));
} else if (task === 'open-page') {
  const { openPage } = await import('./pages/open-page.ts');
  await openPage(logger);
  process.exit(0);
} else if (!process.send) {
  logger.error({}, 'this program is started by the server, with a job over IPC');
  process.exit(64);
}
