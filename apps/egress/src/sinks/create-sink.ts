import type { Logger } from '@amphi/base';
import type { ComposedOutput } from '@amphi/protocol';
import { HlsSink } from './hls/hls-sink.ts';
import { RecordingSink } from './recording/recording-sink.ts';
import { RtmpSink } from './rtmp/rtmp-sink.ts';
import type { Sink } from './sink.ts';
import { type ProgramPublisher, WhepSink } from './whep/whep-sink.ts';

/** What sinks need of the process beside their output. */
export interface Surroundings {
  readonly publisher: ProgramPublisher;
  /** Address for plain RTP. */
  readonly rtpListenIp: string;
  readonly logger: Logger;
}

export function createSink(output: ComposedOutput, { publisher, rtpListenIp, logger }: Surroundings): Sink {
  switch (output.kind) {
    case 'hls':
      return new HlsSink({ ...output, logger: logger.child({ output: output.id }) });
    case 'recording':
      return new RecordingSink(output);
    case 'rtmp':
      return new RtmpSink({ ...output, logger: logger.child({ output: output.id }) });
    case 'whep':
      return new WhepSink({ ...output, publisher, listenIp: rtpListenIp });
  }
}
