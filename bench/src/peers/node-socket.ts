import type { OpenSocket } from '@amphi/signaling';
import { WebSocket } from 'ws';

/** Signaling sockets of peers that are no browser. */
export const openNodeSocket: OpenSocket = (url, listener) => {
  const socket = new WebSocket(url);
  socket.on('open', () => listener.opened());
  socket.on('message', (data) => listener.message(String(data)));
  // Always followed by `close`.
  socket.on('error', () => {});
  socket.on('close', () => listener.closed());
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
  };
};
