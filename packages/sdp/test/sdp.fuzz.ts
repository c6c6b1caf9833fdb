import { CodedError } from '@amphi/base';
import { defineFuzzTarget, mutatedText } from '@amphi/testkit/fuzz';
import { parseAnswer, parseOffer } from '../src/remote-description.ts';
import { answerTo } from './answer-to.ts';
import { corpusNames, corpusOffer } from './corpus.ts';

/** Offers are answered or refused with `invalid_sdp`; whatever is answered can be read back. */
export default defineFuzzTarget({
  inputs: mutatedText(corpusNames.map(corpusOffer)),
  check(text) {
    for (const read of [answerTo, parseAnswer]) {
      try {
        const answer = read(text);
        if (typeof answer === 'string') parseOffer(answer);
      } catch (error) {
        if (!(error instanceof CodedError && error.code === 'invalid_sdp')) throw error;
      }
    }
  },
});
