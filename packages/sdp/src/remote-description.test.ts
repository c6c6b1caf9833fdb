import { CodedError } from '@amphi/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerTo } from '../test/answer-to.ts';
import { capabilities } from '../test/capabilities.ts';
import { corpusNames, corpusOffer } from '../test/corpus.ts';
import { SDP_LIMITS } from './raw-session.ts';
import { receiveParameters } from './receive-parameters.ts';
import { parseAnswer, parseOffer } from './remote-description.ts';

function reasonOf(sdp: string, parse = parseOffer): string {
  try {
    parse(sdp);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'invalid_sdp') return error.message;
    throw error;
  }
  throw new Error('the SDP was taken');
}

const offer = corpusOffer('chromium-simulcast');
const HASH = /a=fingerprint:sha-256 [0-9A-F:]+/g;

describe('PB1: parseOffer names what is wrong', () => {
  test.each([
    ['nothing at all', '', 'SDP: it is empty'],
    ['not SDP', 'hello', 'v=: "undefined", allowed is 0'],
    ['JSON', '{"type":"offer"}', 'v=: "undefined", allowed is 0'],
    ['another version', offer.replace('v=0', 'v=1'), 'v=: "1", allowed is 0'],
    ['no origin', offer.replace(/^o=.*$/m, ''), 'o=: missing or malformed'],
    ['an origin that is no number', offer.replace(/^o=- \d+/m, 'o=- abc'), 'o=: missing or malformed'],
    ['no sections', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n', 'm=: there is no media section'],
    ['a malformed section', `${offer}m=video\r\n`, 'section 3: m= is malformed'],
    ['a port that is none', offer.replace('m=audio 9', 'm=audio 99999'), 'section 1: m= is malformed'],
    ['no user fragment', offer.replace(/a=ice-ufrag:.*/g, 'a=x:y'), 'a=ice-ufrag: ""'],
    ['a short password', offer.replace(/a=ice-pwd:.*/g, 'a=ice-pwd:short'), 'a=ice-pwd: missing or malformed'],
    ['no fingerprint', offer.replace(HASH, 'a=x:y'), 'a=fingerprint: "", allowed are sha-1'],
    ['MD5', offer.replace(HASH, 'a=fingerprint:md5 00:11'), 'a=fingerprint: "md5", allowed are'],
    ['a cut hash', offer.replace(HASH, 'a=fingerprint:sha-256 00:11'), 'needed are 32 hexadecimal bytes'],
    ['holdconn', offer.replace(/a=setup:actpass/g, 'a=setup:holdconn'), 'a=setup: "holdconn"'],
    ['no mid', offer.replace('a=mid:2', 'a=x:2'), 'section 2, a=mid: ""'],
    ['a mid that stands twice', offer.replace('a=mid:2', 'a=mid:1'), 'section 2, a=mid: "1" stands twice'],
    ['a long mid', offer.replace('a=mid:2', `a=mid:${'x'.repeat(17)}`), 'needed is a token of 1–16 characters'],
    ['only stopped sections', offer.replace(/^(m=\w+) \d+/gm, '$1 0'), 'm=: every section has port 0'],
    ['a huge text', 'x'.repeat(SDP_LIMITS.maxLength + 1), 'SDP: 1000001 characters'],
    ['a huge line', `v=0\r\na=${'x'.repeat(SDP_LIMITS.maxLineLength)}`, 'line 2: 8002 characters'],
    ['too many lines', 'a=\n'.repeat(SDP_LIMITS.maxLines), 'SDP: 30001 lines'],
    ['too many sections', `${offer}${'m=audio 9 X 0\n'.repeat(300)}`, 'm=: 303 media sections, allowed are 300'],
  ])('%s', (_, sdp, reason) => {
    expect(reasonOf(sdp)).toContain(reason);
  });

  test('SB8: an answer may not leave open who begins the handshake', () => {
    expect(reasonOf(offer, parseAnswer)).toContain('a=setup: "actpass"');
  });
});

describe('parseOffer bears with', () => {
  test('line feeds alone', () => {
    expect(parseOffer(offer.replaceAll('\r\n', '\n'))).toEqual(parseOffer(offer));
  });

  test('session ids and versions beyond what a double can hold', () => {
    const big = parseOffer(offer.replace(/^o=- \d+ \d+/m, 'o=- 18446744073709551615 18446744073709551614'));
    expect(big).toMatchObject({ sessionId: '18446744073709551615', sessionVersion: 18446744073709551614n });
  });

  test('PB11: a section that cannot be used: it is refused, the rest is taken', () => {
    const odd = parseOffer(`${offer}m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:3\r\n`);
    expect(odd.sections[3]).toMatchObject({ kind: 'other', usable: false, type: 'text' });
    expect(answerTo(`${offer}m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:3\r\n`)).toContain('m=text 0 UDP/TLS/RTP/SAVPF 98');
  });

  test('PB11: a first section that cannot be used: the BUNDLE group survives', () => {
    const noCodec = corpusOffer('chromium-max-compat').replace('opus/48000/2', 'opus/44100/2');
    const answer = parseOffer(answerTo(noCodec));
    expect(answer.sections[0]).toMatchObject({ kind: 'audio', stopped: false, direction: 'inactive' });
    expect([...answer.bundle]).toEqual(['0', '1']);
  });

  test('PB11: sections without rtcp-mux or outside the BUNDLE group: they are refused', () => {
    expect(answerTo(offer.replaceAll('a=rtcp-mux\r\n', ''))).toMatch(/m=audio 0 [\s\S]*m=video 0 /);
    expect(answerTo(offer.replace('BUNDLE 0 1 2', 'BUNDLE 0 1'))).toMatch(/a=group:BUNDLE 0 1\r\n[\s\S]*m=video 0 /);
  });
});

/** Offers with lines dropped, doubled, swapped, cut, overwritten and spiced. */
const mutated = fc
  .record({
    name: fc.constantFrom(...corpusNames),
    edits: fc.array(
      fc.record({
        at: fc.nat(400),
        how: fc.constantFrom('drop', 'double', 'swap', 'cut', 'number', 'spice'),
        text: fc.oneof(
          fc.string({ maxLength: 30 }),
          fc.constantFrom(
            'a=simulcast:send ~;;,',
            'a=ssrc-group:FID 1',
            'a=ssrc-group:FID 0 0 0',
            'a=rtpmap:96 rtx/90000',
            'a=fmtp:96 ;=;=x;__proto__=1;constructor',
            'a=mid:__proto__',
            'a=msid:- -',
            'a=extmap:0 x',
            'm=video 9 UDP/TLS/RTP/SAVPF',
            'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
            'a=group:BUNDLE',
            'a=fingerprint:toString 00',
          ),
        ),
        number: fc.oneof(fc.integer(), fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.double()),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ name, edits }) => {
    const lines = corpusOffer(name).split('\r\n');
    for (const { at, how, text, number } of edits) {
      const index = at % lines.length;
      const line = lines[index] ?? '';
      if (how === 'drop') lines.splice(index, 1);
      else if (how === 'double') lines.splice(index, 0, line);
      else if (how === 'swap') lines.splice(index, 2, lines[index + 1] ?? '', line);
      else if (how === 'cut') lines[index] = line.slice(0, at % (line.length + 1));
      else if (how === 'number') lines[index] = line.replace(/\d+/, String(number));
      else lines.splice(index, 0, text);
    }
    return lines.join('\r\n');
  });

describe('fuzz', () => {
  const survives = (sdp: string): void => {
    for (const parse of [parseOffer, parseAnswer]) {
      try {
        const description = parse(sdp);
        for (const section of description.sections) {
          if (section.kind !== 'other') receiveParameters(section, capabilities);
        }
        parseOffer(answerTo(sdp));
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }
  };

  test('PB1: mutated offers give a description whose answer can be read, or invalid_sdp', () => {
    fc.assert(fc.property(mutated, survives), { numRuns: 250 });
  });

  test('PB1: so does any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000, unit: 'binary' }), survives), { numRuns: 200 });
  });

  test('PB1: patterns that make careless readers slow end soon', () => {
    for (const line of [
      'a=imageattr:1 send [a] ',
      'a=floorid: mstrm:',
      'a=mediaclk:id= ',
      'a=fmtp:96 ;;;=',
      'a=rtcp-fb:* x ',
    ]) {
      const repeated = line + line.slice(4).repeat(SDP_LIMITS.maxLineLength / line.length - 1);
      survives(`${offer}${`${repeated}\r\n`.repeat(50)}`);
    }
    const crowded = `${offer}${'a=rtcp-fb:* nack\r\na=ssrc:1 cname:x\r\na=extmap:1 x\r\n'.repeat(9_000)}`;
    survives(crowded);
  });
});
