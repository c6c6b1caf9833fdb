import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type FinishedRecording, finishedRecording, parseOrThrow } from '@amphi/protocol';

const run = promisify(execFile);

/** Some hundred bytes for each file. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Makes the files in a folder whole, and tells of them. */
export type Finalise = (folder: string, signal: AbortSignal) => Promise<FinishedRecording>;

/**
 * By the egress program, in a process of its own: what is read and written is as long as the recording.
 * @param entry its main module
 */
export function finaliserProgram(entry: string): Finalise {
  return async (folder, signal) => {
    const { stdout } = await run(process.execPath, [entry, 'finalise', folder], {
      signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_ANSWER_BYTES,
      env: { PATH: process.env.PATH },
    });
    return parseOrThrow(finishedRecording, JSON.parse(stdout), 'the finished recording');
  };
}
