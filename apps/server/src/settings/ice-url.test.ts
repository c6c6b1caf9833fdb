import { expect, it } from 'vitest';
import { parseIceUrl } from './ice-url.ts';

it.each([
  ['stun:x', { scheme: 'stun', host: 'x', port: 3478, transport: 'udp' }],
  ['turn:turn.example.org', { scheme: 'turn', host: 'turn.example.org', port: 3478, transport: 'udp' }],
  ['turn:192.0.2.1:80?transport=tcp', { scheme: 'turn', host: '192.0.2.1', port: 80, transport: 'tcp' }],
  ['turns:x', { scheme: 'turns', host: 'x', port: 5349, transport: 'tcp' }],
  ['turns:x:443?transport=tcp', { scheme: 'turns', host: 'x', port: 443, transport: 'tcp' }],
  ['turn:[2001:db8::1]:3479?transport=udp', { scheme: 'turn', host: '2001:db8::1', port: 3479, transport: 'udp' }],
])('%s is read', (text, url) => {
  expect(parseIceUrl(text)).toEqual(url);
});

it.each([
  'x',
  'turn:',
  'turn://x',
  'TURN x',
  'turn:x:0',
  'turn:x:65536',
  'turn:2001:db8::1',
  'turn:x?transport=sctp',
  'turns:x?transport=udp',
  'stun:x?transport=udp',
  'turn:user@x',
  'http://x',
])('%s is refused', (text) => {
  expect(parseIceUrl(text)).toBeUndefined();
});
