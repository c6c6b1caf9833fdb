import { defineFuzzTarget, mutatedText } from '@amphi/testkit/fuzz';
import { parseDirectives } from '../src/directives.ts';
import { HlsError } from '../src/errors.ts';

const queries = [
  '_HLS_msn=12&_HLS_part=3',
  '_HLS_msn=12&_HLS_skip=YES',
  '_HLS_skip=v2&token=a%20b&_HLS_msn=9007199254740991',
  '_HLS_report=x',
];

/** Delivery directives are whole numbers within what counts exactly, or the query is malformed. */
export default defineFuzzTarget({
  inputs: mutatedText(queries),
  check(query) {
    try {
      const { msn, part } = parseDirectives(query);
      for (const value of [msn, part]) {
        if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) throw new Error(`accepted ${value}`);
      }
      if (part !== undefined && msn === undefined) throw new Error('a part without its segment');
    } catch (error) {
      if (!(error instanceof HlsError && error.code === 'malformed')) throw error;
    }
  },
});
