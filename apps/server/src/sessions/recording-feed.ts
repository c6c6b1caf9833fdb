import { PublicError } from '@amphi/protocol';
import type { Program } from '../egress-jobs/program.ts';
import type { RecordingArchive } from './ports/records.ts';
import type { ProgramFeed, Programs } from './programs.ts';

/** A recording being fed. */
export interface RecordingFeed extends ProgramFeed {
  /** What is wanted; the feed tells when it is so. */
  readonly isPaused: boolean;
  setPaused(isPaused: boolean): void;
}

/**
 * Records a program; paused as long as that is wanted, by whichever process feeds it.
 * @throws PublicError as `Programs.feed`
 */
export function feedRecording(options: {
  readonly programs: Programs;
  readonly archive: RecordingArchive;
  readonly program: Program;
  readonly recording: Omit<Parameters<RecordingArchive['output']>[0], 'isPaused'>;
  readonly isPaused: boolean;
}): RecordingFeed {
  const { programs, archive, program, recording } = options;
  let { isPaused } = options;
  const output = archive.output({ ...recording, isPaused: () => isPaused });
  const feed = programs.feed(program, output);
  return {
    ...feed,
    get isPaused() {
      return isPaused;
    },
    setPaused(wanted) {
      isPaused = wanted;
      feed.renew();
    },
  };
}

/** @throws PublicError 400 when it is wanted so already */
export function requirePauseChange(recording: RecordingFeed, isPaused: boolean): void {
  if (recording.isPaused !== isPaused) return;
  throw new PublicError(400, isPaused ? 'recording already paused' : 'recording not paused');
}
