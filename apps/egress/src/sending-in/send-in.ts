import { type Logger, messageOf } from '@amphi/base';
import { quietCodecLibrary, WhipSender } from '@amphi/media';
import { SEND_IN_UNSUPPORTED } from '@amphi/protocol';
import { ChunkReader, MAX_MEDIA_BYTES } from '@amphi/rtmp';
import { EncoderMedia, isUnsupported } from './encoder-media.ts';

/**
 * Sends into a room what comes as RTMP messages on standard input, by WHIP as any encoder would, until the input ends. Nothing else
 * runs in this process: the library's calls wait for the network.
 * @returns the exit code: 0 when the input has ended, 1 when it could not go on, `SEND_IN_UNSUPPORTED`
 */
export async function sendIn(options: {
  readonly input: AsyncIterable<Uint8Array>;
  /** Where to send by WHIP, and the bearer for it. */
  readonly url: string;
  readonly token: string;
  readonly logger: Logger;
}): Promise<number> {
  const { input, url, token, logger } = options;
  quietCodecLibrary();
  const reader = new ChunkReader({ maxMessageBytes: MAX_MEDIA_BYTES });
  const media = new EncoderMedia({ open: (tracks) => new WhipSender(url, token, tracks), logger });
  try {
    for await (const data of input) media.take(reader.read(data));
    return 0;
  } catch (error) {
    logger.error({ error: messageOf(error) }, 'cannot send in any longer');
    return isUnsupported(error) ? SEND_IN_UNSUPPORTED : 1;
  } finally {
    media.close();
  }
}
