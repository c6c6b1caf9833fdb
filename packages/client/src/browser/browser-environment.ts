import type { Environment, PagePort } from '../environment.ts';
import { browserAudioOutput } from './audio-output.ts';
import { browserMedia } from './media.ts';
import { browserPeerConnection, sendsSpatialLayers } from './peer-connection.ts';
import { browserTestPicture } from './test-picture.ts';
import { browserVideoSink } from './video-sink.ts';

const SDK_VERSION = '0.1.0';

/** The environment of a page in a browser. */
export function browserEnvironment(): Environment {
  return {
    async fetch(url, init) {
      const response = await fetch(url, init);
      return {
        status: response.status,
        header: (name) => response.headers.get(name),
        text: () => response.text(),
      };
    },
    openSocket(url, listener) {
      const socket = new WebSocket(url);
      let isDone = false;
      const done = (): void => {
        if (isDone) return;
        isDone = true;
        listener.closed();
      };
      socket.onopen = () => listener.opened();
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') listener.message(data);
      };
      socket.onclose = done;
      return {
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close(code, reason) {
          socket.close(code, reason);
          // A dead network lets a closing handshake wait for long; for us it is over now.
          done();
        },
      };
    },
    createPeerConnection: browserPeerConnection,
    sendsSpatialLayers,
    media: browserMedia(),
    page: browserPage(),
    audioOutput: browserAudioOutput(),
    createVideoSink: browserVideoSink,
    createTestPicture: browserTestPicture,
    onNetworkChange(listener) {
      const online = (): void => listener(true);
      const offline = (): void => listener(false);
      window.addEventListener('online', online);
      window.addEventListener('offline', offline);
      return () => {
        window.removeEventListener('online', online);
        window.removeEventListener('offline', offline);
      };
    },
    randomId,
    userAgent: `os:web,sdk:amphi,sdk_version:${SDK_VERSION},env:prod`,
  };
}

function browserPage(): PagePort {
  return {
    get isVisible() {
      return document.visibilityState === 'visible';
    },
    onVisibility(listener) {
      const tell = (): void => listener(document.visibilityState === 'visible');
      document.addEventListener('visibilitychange', tell);
      return () => document.removeEventListener('visibilitychange', tell);
    },
    onEnd(listener) {
      const tell = (event: PageTransitionEvent): void => {
        if (!event.persisted) listener();
      };
      window.addEventListener('pagehide', tell);
      return () => window.removeEventListener('pagehide', tell);
    },
  };
}

/** A version 4 UUID (RFC 9562, 5.4); `crypto.randomUUID` is missing on pages without HTTPS. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
