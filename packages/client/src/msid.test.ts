import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusedSections, tracksOfSdp } from './msid.ts';

describe('tracks of an SDP', () => {
  it('are read by section, with the direction of the session as default', () => {
    const sdp = [
      'v=0',
      'a=sendonly',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'a=mid:0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:1',
      'a=msid:s1 t1',
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      'a=inactive',
      'a=mid:2',
      'a=msid:s1 t2',
      'm=video 0 UDP/TLS/RTP/SAVPF 96',
      'a=mid:3',
      'a=msid:s1 t3',
    ].join('\r\n');
    expect(tracksOfSdp(sdp)).toEqual([
      { mid: '1', isSending: true, streamId: 's1', trackId: 't1' },
      { mid: '2', isSending: false, streamId: 's1', trackId: 't2' },
    ]);
    expect([...refusedSections(sdp)]).toEqual(['3']);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.constantFrom('m=', 'a=mid:', 'a=msid:', '\n', ' ', '0')), (text, parts) => {
        expect(Array.isArray(tracksOfSdp(text + parts.join('')))).toBe(true);
      }),
    );
  });
});
