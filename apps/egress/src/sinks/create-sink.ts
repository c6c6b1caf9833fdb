import type { Logger } from '@amphi/base';
import type { EgressOutput } from '@amphi/protocol';
import { HlsSink } from './hls/hls-sink.ts';
import { RecordingSink } from './recording/recording-sink.ts';
import type { Sink } from './sink.ts';

export function createSink(output: EgressOutput, logger: Logger): Sink {
  const options = { logger: logger.child({ output: output.id }) };
  switch (output.kind) {
    case 'hls':
      return new HlsSink({ ...output, ...options });
    case 'recording':
      return new RecordingSink({ ...output, ...options });
  }
}
