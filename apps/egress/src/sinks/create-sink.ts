import type { Logger } from '@amphi/base';
import type { EgressOutput } from '@amphi/protocol';
import { HlsSink } from './hls/hls-sink.ts';
import { RecordingSink } from './recording/recording-sink.ts';
import { RtmpSink } from './rtmp/rtmp-sink.ts';
import type { Sink } from './sink.ts';

export function createSink(output: EgressOutput, logger: Logger): Sink {
  switch (output.kind) {
    case 'hls':
      return new HlsSink({ ...output, logger: logger.child({ output: output.id }) });
    case 'recording':
      return new RecordingSink(output);
    case 'rtmp':
      return new RtmpSink({ ...output, logger: logger.child({ output: output.id }) });
  }
}
