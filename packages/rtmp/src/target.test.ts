import { expect, it } from 'vitest';
import { parseRtmpTarget } from './target.ts';

it.each([
  ['rtmp://live.example/app/KEY', { host: 'live.example', port: 1935, isSecure: false, app: 'app', streamKey: 'KEY' }],
  ['rtmps://live.example/rtmp/KEY?s=1&t=a:b', { port: 443, isSecure: true, app: 'rtmp', streamKey: 'KEY?s=1&t=a:b' }],
  [
    'rtmp://[::1]:19350/a/b/KEY',
    { host: '::1', port: 19350, app: 'a/b', url: 'rtmp://[::1]:19350/a/b', streamKey: 'KEY' },
  ],
])('RTMP2: %s is server, application and key', (url, expected) => {
  expect(parseRtmpTarget(url)).toMatchObject(expected);
});

it.each([
  'http://live.example/app/KEY',
  'rtmp://live.example/KEY',
  'rtmp://a:b@live.example/app/KEY',
  'rtmp://h:70000/a/K',
])('RTMP2: %s is none', (url) => {
  expect(parseRtmpTarget(url)).toBeUndefined();
});
