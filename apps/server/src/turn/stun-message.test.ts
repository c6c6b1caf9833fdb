import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE,
  longTermKey,
  newTransactionId,
  readStunAnswer,
  readXorAddress,
  stunLength,
  writeStun,
  writeXorAddress,
} from './stun-message.ts';

describe('STUN messages', () => {
  it('are signed as in the test vector with long-term credentials (RFC 5769, 2.4)', () => {
    const username = 'マトリックス';
    const written = writeStun({
      type: 0x0001,
      transactionId: Buffer.from('78ad3433c6ad72c029da412e', 'hex'),
      attributes: [
        { type: ATTRIBUTE.username, value: Buffer.from(username) },
        { type: ATTRIBUTE.nonce, value: Buffer.from('f//499k954d6OL34oL9FSTvy64sA') },
        { type: ATTRIBUTE.realm, value: Buffer.from('example.org') },
      ],
      key: longTermKey(username, 'example.org', 'TheMatrIX'),
    });
    expect(written.toString('hex')).toBe(
      [
        '000100602112a44278ad3433c6ad72c029da412e',
        '00060012e3839ee38388e383aae38383e382afe382b90000',
        '0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341',
        '0014000b6578616d706c652e6f726700',
        '00080014f67024656dd64a3e02b8e0712e85c9a28ca89666',
      ].join(''),
    );
    expect(stunLength(written)).toBe(written.length);
  });

  it('are read: success with an address, and errors', () => {
    const transactionId = newTransactionId();
    const success = readStunAnswer(
      writeStun({
        type: 0x0103,
        transactionId,
        attributes: [{ type: ATTRIBUTE.xorRelayedAddress, value: writeXorAddress('192.0.2.1', transactionId) }],
      }),
    )!;
    expect(success.isSuccess).toBe(true);
    expect(success.transactionId.equals(transactionId)).toBe(true);
    expect(readXorAddress(success.attributes.get(ATTRIBUTE.xorRelayedAddress)!, transactionId)).toBe('192.0.2.1:0');
    const error = readStunAnswer(
      writeStun({
        type: 0x0113,
        transactionId,
        attributes: [{ type: ATTRIBUTE.errorCode, value: Buffer.from('\0\0\x04\x01Unauthorized') }],
      }),
    )!;
    expect(error).toMatchObject({ isSuccess: false, error: { code: 401, reason: 'Unauthorized' } });
  });

  it.each(['192.0.2.1', '203.0.113.255'])('XOR an address: %s', (address) => {
    const id = newTransactionId();
    expect(readXorAddress(writeXorAddress(address, id), id)).toBe(`${address}:0`);
  });

  it('XOR IPv6 addresses in every notation', () => {
    const id = newTransactionId();
    const again = (address: string) => readXorAddress(writeXorAddress(address, id), id);
    expect(again('2001:db8::1')).toBe('[2001:db8:0:0:0:0:0:1]:0');
    expect(again('::')).toBe('[0:0:0:0:0:0:0:0]:0');
    expect(again('1:2:3:4:5:6:7:8')).toBe('[1:2:3:4:5:6:7:8]:0');
    expect(again('::ffff:192.0.2.1')).toBe('[0:0:0:0:0:ffff:c000:201]:0');
  });

  it.each([
    ['nothing', ''],
    ['half a header', '0103'],
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex')],
    ['a length that does not fit', '0103000821 12a442000000000000000000000000'.replace(' ', '')],
    ['a request', '000300002112a442000000000000000000000000'],
    ['an attribute longer than the message', '010300042112a44200000000000000000000000000160009'],
  ])('are not read from %s', (_what, hex) => {
    expect(readStunAnswer(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
