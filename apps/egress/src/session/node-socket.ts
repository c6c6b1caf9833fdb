import { type Logger, messageOf } from '@amphi/base';
import type { OpenSocket } from '@amphi/signaling';
import { WebSocket } from 'ws';

/** WebSockets of this process. */
export function nodeSockets(logger: Logger): OpenSocket {
  return (url, listener) => {
    const socket = new WebSocket(url);
    socket.on('open', () => listener.opened());
    socket.on('message', (data) => listener.message(String(data)));
    // Always followed by `close`.
    socket.on('error', (error) => logger.debug({ error: messageOf(error) }, 'signaling socket failed'));
    socket.on('close', () => listener.closed());
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
